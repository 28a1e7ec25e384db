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

/** A guild of a pool of WebSockets has moved to another client, where its player is new. */
export class PoolGuildMoveEvent<Pool extends object = object, Client extends object = object> {
  /** The pool. */
  readonly pool: Pool;
  /** The guild. */
  readonly guildId: string;
  /** Its client now; null when there is none that it could go to. */
  readonly client: Client | null;

  constructor(pool: Pool, guildId: string, client: Client | null) {
    this.pool = pool;
    this.guildId = guildId;
    this.client = client;
  }
}
