/** A client has become a member of a pool. */
export class PoolClientAddEvent<Pool extends object = object, Client extends object = object> {
  /** The pool, which has the client already. */
  readonly pool: Pool;
  /** The new member. */
  readonly client: Client;

  constructor(pool: Pool, client: Client) {
    this.pool = pool;
    this.client = client;
  }
}

/** A client is no member of a pool any more. */
export class PoolClientRemoveEvent<Pool extends object = object, Client extends object = object> {
  /** The pool, which does not have the client any more. */
  readonly pool: Pool;
  /** The former member. */
  readonly client: Client;

  constructor(pool: Pool, client: Client) {
    this.pool = pool;
    this.client = client;
  }
}
