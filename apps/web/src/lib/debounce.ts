/** Makes a function that acts on the last value given to it, once no other has come for a while. */
export function afterPause<Value>(pauseMs: number, act: (value: Value) => void): (value: Value) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(value), pauseMs);
  };
}
