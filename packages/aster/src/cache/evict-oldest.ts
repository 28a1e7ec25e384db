/** Removes the first key of a map above a maximum size. */
export function evictOldest<Key>(map: Map<Key, unknown> | Set<Key>, maxSize: number): void {
  if (map.size <= maxSize) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
