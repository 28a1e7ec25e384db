/** Something happened between a pool and a client. */
abstract class PoolClientEvent<Pool extends object, Client extends object> {
  /** The pool, in which it has happened already. */
  readonly pool: Pool;
  /** The client that it happened to. */
  readonly client: Client;

  constructor(pool: Pool, client: Client) {
    this.pool = pool;
    this.client = client;
  }
}

/** A client has become a member of a pool. */
export class PoolClientAddEvent<
  Pool extends object = object,
  Client extends object = object,
> extends PoolClientEvent<Pool, Client> {}

/** A client is no member of a pool any more. */
export class PoolClientRemoveEvent<
  Pool extends object = object,
  Client extends object = object,
> extends PoolClientEvent<Pool, Client> {}
