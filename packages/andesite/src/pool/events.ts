/** Base class of events about the members of a pool. */
abstract class PoolClientEvent<Pool extends object, Client extends object> {
  /** Pool, which has changed already. */
  readonly pool: Pool;
  /** Client that was added, removed or excluded. */
  readonly client: Client;

  constructor(pool: Pool, client: Client) {
    this.pool = pool;
    this.client = client;
  }
}

/** Emitted when a client was added to a pool. */
export class PoolClientAddEvent<
  Pool extends object = object,
  Client extends object = object,
> extends PoolClientEvent<Pool, Client> {}

/** Emitted when a client was removed from a pool. */
export class PoolClientRemoveEvent<
  Pool extends object = object,
  Client extends object = object,
> extends PoolClientEvent<Pool, Client> {}

/**
 * Emitted when a pool stops using a member because its node refused the password: a WebSocket handshake with
 * the status 401 or 403, or an HTTP response with 401. The member stays in the pool.
 */
export class PoolClientExcludeEvent<
  Pool extends object = object,
  Client extends object = object,
> extends PoolClientEvent<Pool, Client> {
  /** The refusal. */
  readonly error: Error;
  /** Time until the member is used again, in ms; `Infinity` for never. */
  readonly retryInMs: number;

  constructor(pool: Pool, client: Client, error: Error, retryInMs: number) {
    super(pool, client);
    this.error = error;
    this.retryInMs = retryInMs;
  }
}

/**
 * Emitted when a guild of a WebSocket pool was moved to another client, on whose node its player was created.
 */
export class PoolGuildMoveEvent<Pool extends object = object, Client extends object = object> {
  /** Pool of the guild. */
  readonly pool: Pool;
  /** Guild that was moved. */
  readonly guildId: string;
  /** New client of the guild; null when no member is usable. */
  readonly client: Client | null;

  constructor(pool: Pool, guildId: string, client: Client | null) {
    this.pool = pool;
    this.guildId = guildId;
    this.client = client;
  }
}
