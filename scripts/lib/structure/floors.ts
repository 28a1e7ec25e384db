/**
 * The floor of each package, by its folder from the workspace's root. Higher numbers depend on lower ones.
 */
export type Floors = ReadonlyMap<string, number>;

/**
 * Reads the floors from the block below the heading "Floors" of ARCHITECTURE.md: a line that begins with a
 * number begins a floor, and every `packages/name` or `apps/name` up to the next one stands on it.
 *
 * @throws Error if there is no such block.
 */
export function readFloors(architecture: string): Floors {
  const block = /^## Floors\n.*?^```\n(.*?)^```/ms.exec(architecture)?.[1];
  if (block === undefined) throw new Error('ARCHITECTURE.md has no block below the heading "Floors"');
  const floors = new Map<string, number>();
  let floor: number | undefined;
  for (const line of block.split("\n")) {
    const start = /^(\d+) /.exec(line)?.[1];
    if (start !== undefined) floor = Number(start);
    if (floor === undefined) continue;
    for (const [folder] of line.matchAll(/\b(?:packages|apps)\/[\w-]+/g)) floors.set(folder, floor);
  }
  return floors;
}
