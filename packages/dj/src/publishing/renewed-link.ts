import { HTTPError } from "@asterite/andesite";
import { backoffDelayMs, type Logger, maxTimerMs } from "@asterite/util";
import type { StreamUrl } from "../nodes/audio-nodes.ts";

const minRefreshDelayMs = 1_000;
/** Delays between attempts after failures. */
const retryBackoff = { firstMs: 1_000, maxMs: 60_000 };
/** Number of 404 responses after which the node is assumed not to support the link. */
const maxNotFound = 5;
/** Share of its lifetime after which a link is replaced. */
const refreshAfter = 0.8;

/** Requests a link for a guild; undefined while no node can create one. */
type RequestLink = (
  guildId: string,
  ttlSeconds: number,
  signal: AbortSignal,
) => Promise<StreamUrl | undefined>;

/** Keeps a valid link of a node for a guild, and replaces it before it expires. */
export class RenewedLink {
  readonly #requestLink: RequestLink;
  readonly #guildId: string;
  readonly #ttlSeconds: number;
  readonly #onChange: () => void;
  readonly #logger: Logger;
  #link: StreamUrl | undefined;
  #request: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #notFound = 0;

  /** @param onChange - Called when the link was replaced or dropped. */
  constructor(
    requestLink: RequestLink,
    guildId: string,
    ttlSeconds: number,
    onChange: () => void,
    logger: Logger,
  ) {
    this.#requestLink = requestLink;
    this.#guildId = guildId;
    this.#ttlSeconds = ttlSeconds;
    this.#onChange = onChange;
    this.#logger = logger;
  }

  /** Public URL or path; null while there is no valid link. */
  get url(): string | null {
    return this.#link && this.#link.expiresMs > Date.now() ? this.#link.url : null;
  }

  /** Whether there is a link, or a request for one is pending or scheduled. */
  get isActive(): boolean {
    return this.#link !== undefined || this.#request !== undefined || this.#timer !== undefined;
  }

  /** Requests a new link now, because the node may have new keys, or the player may be on another node. */
  refresh(): void {
    this.#cancel();
    const request = new AbortController();
    this.#request = request;
    this.#requestLink(this.#guildId, this.#ttlSeconds, request.signal).then(
      (link) => this.#request === request && this.#succeeded(link),
      (error: unknown) => this.#request === request && this.#failed(error),
    );
  }

  /** Drops the link, because its node is not reachable or no audio is playing. */
  drop(): void {
    this.#cancel();
    this.#failures = 0;
    this.#notFound = 0;
    if (!this.#link) return;
    this.#link = undefined;
    this.#onChange();
  }

  #succeeded(link: StreamUrl | undefined): void {
    this.#request = undefined;
    if (!link) {
      this.#retry();
      return;
    }
    this.#failures = 0;
    this.#notFound = 0;
    this.#link = link;
    this.#schedule(Math.max(minRefreshDelayMs, refreshAfter * (link.expiresMs - Date.now())));
    this.#onChange();
  }

  #failed(error: unknown): void {
    this.#request = undefined;
    // Either the player does not exist yet, or the node does not support the link.
    if (error instanceof HTTPError && error.code === 404) this.#notFound++;
    this.#logger.debug({ error: String(error) }, "link request failed");
    if (this.#notFound < maxNotFound) this.#retry();
    else this.drop();
  }

  #retry(): void {
    this.#failures++;
    this.#schedule(backoffDelayMs(this.#failures, retryBackoff));
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.refresh();
      },
      Math.min(delayMs, maxTimerMs),
    );
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#request?.abort();
    this.#request = undefined;
  }
}
