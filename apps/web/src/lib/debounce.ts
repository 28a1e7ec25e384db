/**
 * Returns a function that calls `run` with its last argument once `delayMs` have passed without another call.
 */
export function debounce<Value>(delayMs: number, run: (value: Value) => void): (value: Value) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(value), delayMs);
  };
}
