/** Something is wrong with a pool. */
export class PoolException extends Error {
  /** Name of the class. */
  override readonly name: string = "PoolException";
  /** Stable code, for programs. */
  readonly code: "POOL_EXCEPTION" | "POOL_EMPTY" = "POOL_EXCEPTION";
  /** The pool that it is about. */
  readonly pool: object;

  constructor(pool: object, message: string, options?: ErrorOptions) {
    super(message, options);
    this.pool = pool;
  }
}

/** A pool has no member that could be used. */
export class PoolEmptyError extends PoolException {
  /** Name of the class. */
  override readonly name = "PoolEmptyError";
  /** Stable code, for programs. */
  override readonly code = "POOL_EMPTY";

  /** @param options - `cause` is what went wrong last, if anything did. */
  constructor(pool: object, options?: ErrorOptions) {
    super(pool, "the pool has no client that can be used", options);
  }
}
