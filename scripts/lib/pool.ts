/** Runs tasks in their order, at most `limit` at a time; a failing task leaves the others running. */
export async function runPool(tasks: readonly (() => Promise<void>)[], limit: number): Promise<void> {
  const queue = tasks.values();
  const worker = async () => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
