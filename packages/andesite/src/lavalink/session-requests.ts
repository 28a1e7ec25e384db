import { fromMilli } from "@asterite/andesite-protocol";
import { isRecord, Semaphore } from "@asterite/util";
import { MalformedDataError } from "../errors.ts";
import type { AbstractHTTP, RequestOptions } from "../http/abstract-http.ts";
import { HTTPError } from "../http/http-error.ts";
import { type KnownPlayer, readKnownPlayer } from "./known-player.ts";
import type { PlayerRequest } from "./player-requests.ts";
import { toStats } from "./responses.ts";

/** Players by guild; null for a guild that has none. */
type PlayerMap = ReadonlyMap<string, KnownPlayer | null>;

/** Query for players, whose guilds are added until it is sent. */
interface PlayerQuery {
  readonly guildIds: Set<string>;
  readonly result: Promise<PlayerMap>;
}

/** Requests to one node that run concurrently. */
const maxRequests = 64;

/** Returns whether a request failed because the node has no such session. */
export const isSessionGone = (error: unknown): boolean =>
  error instanceof HTTPError && error.code === 404 && /session not found/i.test(error.message);

/** Requests of one session to a Lavalink 4 node, which end with its connection. */
export class SessionRequests {
  readonly #http: Pick<AbstractHTTP, "request">;
  readonly #signal: AbortSignal;
  readonly #semaphore = new Semaphore(maxRequests);
  #path = "";
  /** Players that are queried in this turn of the event loop. */
  #query: PlayerQuery | null = null;

  /** @param signal - Aborted at the end of the connection. */
  constructor(http: Pick<AbstractHTTP, "request">, signal: AbortSignal) {
    this.#http = http;
    this.#signal = signal;
  }

  set sessionId(id: string) {
    this.#path = `v4/sessions/${encodeURIComponent(id)}`;
  }

  /** Returns the names of the node's filters, in Lavalink's spelling. */
  async filters(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const info = await this.#send("GET", "v4/info", { signal });
    const filters = isRecord(info) ? info["filters"] : null;
    if (!Array.isArray(filters)) throw new MalformedDataError("info", "filters", "an array");
    return new Set(filters.map(String));
  }

  /** Returns the statistics of the node in the form of Andesite. */
  async stats(): Promise<unknown> {
    return toStats(await this.#send("GET", "v4/stats"));
  }

  /** Sets how long the node keeps the session without a connection, in ms; 0 ends it with the connection. */
  async setTimeout(timeoutMs: number): Promise<void> {
    const json = { resuming: timeoutMs > 0, timeout: Math.ceil(fromMilli(timeoutMs)) };
    await this.#send("PATCH", this.#path, { json });
  }

  /** Changes or destroys a player. Returns the player; null for a destroyed one. */
  async change(guildId: string, { method, ...options }: PlayerRequest): Promise<KnownPlayer | null> {
    const response = await this.#send(method, `${this.#path}/players/${guildId}`, options);
    return method === "DELETE" ? null : readKnownPlayer(response);
  }

  /** Returns all players of the session. */
  async listPlayers(signal = this.#signal): Promise<ReadonlyMap<string, KnownPlayer>> {
    const players: unknown = await this.#send("GET", `${this.#path}/players`, { signal });
    if (!Array.isArray(players)) throw new MalformedDataError("players", "", "an array");
    return new Map(
      players.map((raw: unknown) => {
        const { guildId } = isRecord(raw) ? raw : {};
        return [String(guildId), readKnownPlayer(raw)] as const;
      }),
    );
  }

  /** Returns a player; null for none. Queries in one turn of the event loop, as after a reconnect, are one request. */
  async queryPlayer(guildId: string): Promise<KnownPlayer | null> {
    const query = this.#query ?? this.#startQuery();
    query.guildIds.add(guildId);
    return (await query.result).get(guildId) ?? null;
  }

  #startQuery(): PlayerQuery {
    const guildIds = new Set<string>();
    const result = Promise.resolve().then(async (): Promise<PlayerMap> => {
      this.#query = null;
      const [guildId = ""] = guildIds;
      if (guildIds.size > 1) return await this.listPlayers();
      return new Map([[guildId, await this.#findPlayer(guildId)]]);
    });
    this.#query = { guildIds, result };
    return this.#query;
  }

  async #findPlayer(guildId: string): Promise<KnownPlayer | null> {
    try {
      return readKnownPlayer(await this.#send("GET", `${this.#path}/players/${guildId}`));
    } catch (error) {
      if (error instanceof HTTPError && error.code === 404 && !isSessionGone(error)) return null;
      throw error;
    }
  }

  #send(method: string, path: string, options?: RequestOptions): Promise<unknown> {
    const request = { signal: this.#signal, ...options };
    return this.#semaphore.run(() => this.#http.request(method, path, request), this.#signal);
  }
}
