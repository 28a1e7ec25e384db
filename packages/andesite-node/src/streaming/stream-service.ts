import type { IncomingMessage, ServerResponse } from "node:http";
import type { ListeningOptions } from "../options.ts";
import type { Player } from "../players/player.ts";
import { refuse } from "./send-error.ts";
import type { Listening } from "./stream-endpoint.ts";
import { ListenLinks } from "./stream-links.ts";
import { Audience } from "./stream-subscribers.ts";

type FindPlayer = (userId: string, guildId: string) => Player | undefined;

/** Lets people listen to players over HTTP: signed links, and Ogg/Opus without end behind them. */
export class ListenService implements Listening {
  readonly #find: FindPlayer;
  readonly #options: ListeningOptions;
  readonly #links: ListenLinks;
  readonly #audiences = new Map<Player, Audience>();

  constructor(find: FindPlayer, options: ListeningOptions, key?: Uint8Array) {
    this.#find = find;
    this.#options = options;
    this.#links = new ListenLinks(key);
  }

  /** How many listen. */
  get listeners(): number {
    let sum = 0;
    for (const audience of this.#audiences.values()) sum += audience.size;
    return sum;
  }

  link(userId: string, guildId: string, ttlSeconds: number | null): { url: string; expires: number } | null {
    if (!this.#find(userId, guildId)) return null;
    const { ttlSeconds: usual, maxTtlSeconds } = this.#options;
    const seconds = Math.min(Math.max(ttlSeconds ?? usual, 1), maxTtlSeconds);
    const expires = Date.now() + Math.round(1_000 * seconds);
    return { url: this.#links.path({ userId, guildId, expires }), expires };
  }

  serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    const grant = this.#links.check(path, Date.now());
    if (!grant) {
      refuse(response, 403, "The link is wrong or too old");
      return;
    }
    const player = this.#find(grant.userId, grant.guildId);
    if (!player) {
      refuse(response, 404, "Player not found");
      return;
    }
    const { maxListeners, maxListenersPerPlayer, maxBufferedBytes } = this.#options;
    const audience = this.#audiences.get(player) ?? new Audience(player.audio);
    if (this.listeners >= maxListeners || audience.size >= maxListenersPerPlayer) {
      refuse(response, 503, "Too many listeners");
      return;
    }
    response.writeHead(200, {
      "Content-Type": "audio/ogg; codecs=opus",
      "Cache-Control": "no-store",
      "Accept-Ranges": "none",
      "X-Content-Type-Options": "nosniff",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    // Each page is to be heard when it is made.
    request.socket.setNoDelay(true);
    this.#audiences.set(player, audience);
    audience.add(response, maxBufferedBytes);
    response.once("close", () => {
      audience.delete(response);
      if (audience.size === 0 && this.#audiences.get(player) === audience) this.#audiences.delete(player);
    });
  }

  /** A player has gone: whoever listened to it is sent home. */
  release(player: Player): void {
    this.#audiences.get(player)?.close();
    this.#audiences.delete(player);
  }

  /** Sends everybody home. */
  close(): void {
    for (const player of [...this.#audiences.keys()]) this.release(player);
  }
}
