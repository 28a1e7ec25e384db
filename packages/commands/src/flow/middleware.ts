import { CommandsError } from "../errors.ts";

/** Continues with the next middleware, and at last with the command; resolves when that has run. */
export type Next = () => Promise<void>;

/**
 * Runs around commands. Code before `await next()` runs before the command, code after it afterwards; without
 * a call of `next` the command does not run. An error of the command rejects the promise of `next`: await it.
 */
export type Middleware<Ctx> = (context: Ctx, next: Next) => unknown;

/**
 * Runs middleware in its order around a last step.
 *
 * @throws CommandsError `NEXT_REPEATED` if one calls `next` twice.
 */
export async function runMiddleware<Ctx>(
  middleware: readonly Middleware<Ctx>[],
  context: Ctx,
  last: () => Promise<void>,
): Promise<void> {
  const runFrom = async (index: number): Promise<void> => {
    const current = middleware[index];
    if (!current) {
      await last();
      return;
    }
    let following: Promise<void> | undefined;
    let isSettled = false;
    await current(context, () => {
      if (following !== undefined)
        throw new CommandsError("NEXT_REPEATED", "a middleware called next() twice");
      following = runFrom(index + 1).finally(() => {
        isSettled = true;
      });
      // Its error is thrown by the middleware that awaits it, or below.
      following.catch(() => {});
      return following;
    });
    // The middleware did not await next(): the command still counts as running, and its error is reported.
    if (!isSettled) await following;
  };
  await runFrom(0);
}
