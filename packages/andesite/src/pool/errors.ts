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

  /** @param options - `cause` is the last error of a member, if there was one. */
  constructor(pool: object, options?: ErrorOptions) {
    super(pool, "the pool has no usable client", options);
  }
}
