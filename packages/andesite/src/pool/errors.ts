/** Base class of errors of a pool. */
export class PoolException extends Error {
  /** Name of the class. */
  override readonly name: string = "PoolException";
  /** Stable error code. */
  readonly code: "POOL_EXCEPTION" | "POOL_EMPTY" = "POOL_EXCEPTION";
  /** Pool that the error concerns. */
  readonly pool: object;

  constructor(pool: object, message: string, options?: ErrorOptions) {
    super(message, options);
    this.pool = pool;
  }
}

/** Thrown when a pool has no usable member. */
export class PoolEmptyError extends PoolException {
  /** Name of the class. */
  override readonly name = "PoolEmptyError";
  /** Stable error code. */
  override readonly code = "POOL_EMPTY";

  /** Why members are not usable; also members that the pool has removed. Empty for a pool without members. */
  readonly reasons: readonly MemberFailure[];

  /** @param reasons - The last one becomes the `cause`. */
  constructor(pool: object, reasons: readonly MemberFailure[] = []) {
    const last = reasons.at(-1);
    super(pool, describeFailures(reasons), last && { cause: last.error });
    this.reasons = reasons;
  }
}

/** Reason why a member of a pool is not usable. */
export interface MemberFailure {
  /** The member. */
  readonly client: object;
  /** Its error, such as an `AuthenticationError`. */
  readonly error: unknown;
}

/** Failures that a message contains. */
const maxInMessage = 5;

function describeFailures(reasons: readonly MemberFailure[]): string {
  if (reasons.length === 0) return "the pool has no usable client";
  const texts = reasons.slice(0, maxInMessage).map(({ client, error }) => {
    const reason = error instanceof Error ? error.message : String(error);
    return `${client}: ${reason}`;
  });
  const more = reasons.length > maxInMessage ? ` and ${reasons.length - maxInMessage} more` : "";
  return `the pool has no usable client (${texts.join("; ")}${more})`;
}
