import type { IncomingMessage, ServerResponse } from "node:http";
import { listenPath } from "@asterite/andesite-protocol";
import type { StreamingOptions } from "../options.ts";
import type { Player } from "../players/player.ts";
import { clientOf } from "./listener-client.ts";
import { sendError } from "./send-error.ts";
import { SignedLinks } from "./signed-links.ts";
import type { StreamEndpoint, StreamLink } from "./stream-endpoint.ts";
import { StreamSubscribers } from "./stream-subscribers.ts";

type FindPlayer = (userId: string, guildId: string) => Player | undefined;

/** Streams the audio of players over HTTP as endless Ogg/Opus, at signed links. */
export class StreamService implements StreamEndpoint {
  readonly #findPlayer: FindPlayer;
  readonly #options: StreamingOptions;
  readonly #links: SignedLinks;
  readonly #subscribers = new Map<Player, StreamSubscribers>();
  /** Open streams by link and by address. */
  readonly #streams = new Map<string, number>();

  constructor(findPlayer: FindPlayer, options: StreamingOptions, key?: Uint8Array) {
    this.#findPlayer = findPlayer;
    this.#options = options;
    this.#links = new SignedLinks(listenPath, key);
  }

  /** Number of open streams. */
  get subscriberCount(): number {
    let sum = 0;
    for (const subscribers of this.#subscribers.values()) sum += subscribers.size;
    return sum;
  }

  createLink(userId: string, guildId: string, ttlSeconds: number | undefined): StreamLink | undefined {
    if (!this.#findPlayer(userId, guildId)) return undefined;
    return this.#links.createLink({ userId, guildId }, ttlSeconds, this.#options);
  }

  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void {
    const grant = this.#links.verifyPath(path, Date.now());
    if (!grant) {
      sendError(response, 403, "The link is invalid or has expired");
      return;
    }
    const player = this.#findPlayer(grant.userId, grant.guildId);
    if (!player) {
      sendError(response, 404, "Player not found");
      return;
    }
    const { maxListeners, maxListenersPerPlayer, maxListenersPerLink, maxListenersPerAddress } =
      this.#options;
    const subscribers = this.#subscribers.get(player) ?? new StreamSubscribers(player.audio);
    if (this.subscriberCount >= maxListeners || subscribers.size >= maxListenersPerPlayer) {
      sendError(response, 503, "Too many listeners");
      return;
    }
    const client = clientOf(request);
    if (
      this.#countOf(path) >= maxListenersPerLink ||
      (client !== undefined && this.#countOf(client) >= maxListenersPerAddress)
    ) {
      sendError(response, 429, "Too many streams of this link or address");
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
    // Send each page without delay.
    request.socket.setNoDelay(true);
    this.#subscribers.set(player, subscribers);
    subscribers.add(response, this.#options.maxBufferedBytes);
    this.#count(path, client, 1);
    response.once("close", () => {
      this.#count(path, client, -1);
      subscribers.delete(response);
      if (subscribers.size === 0 && this.#subscribers.get(player) === subscribers)
        this.#subscribers.delete(player);
    });
  }

  #countOf(key: string): number {
    return this.#streams.get(key) ?? 0;
  }

  #count(path: string, client: string | undefined, change: number): void {
    for (const key of client === undefined ? [path] : [path, client]) {
      const streams = this.#countOf(key) + change;
      if (streams === 0) this.#streams.delete(key);
      else this.#streams.set(key, streams);
    }
  }

  /** Ends the streams of a player that was removed. */
  closePlayer(player: Player): void {
    this.#subscribers.get(player)?.close();
    this.#subscribers.delete(player);
  }

  /** Ends all streams. */
  close(): void {
    for (const player of [...this.#subscribers.keys()]) this.closePlayer(player);
  }
}
