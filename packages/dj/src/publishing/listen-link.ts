import { HTTPError } from "@asterite/andesite";
import type { Logger } from "@asterite/util";
import type { StreamUrl } from "../nodes/audio-nodes.ts";

/** Waits after failures, in ms: the first, and the longest. */
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** A node that has answered this often that there is no such thing does not have links. */
const mostRefusals = 5;
/** Part of its time after which a link is replaced. */
const renewAfter = 0.8;

/** Keeps a link to listen at hand while a room plays. */
export class ListenLink {
  readonly #ask: (signal: AbortSignal) => Promise<StreamUrl | null>;
  readonly #changed: () => void;
  readonly #logger: Logger;
  #link: StreamUrl | null = null;
  #asking: AbortController | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #refusals = 0;

  /** @param changed - Called when there is another link, or none any more. */
  constructor(ask: (signal: AbortSignal) => Promise<StreamUrl | null>, changed: () => void, logger: Logger) {
    this.#ask = ask;
    this.#changed = changed;
    this.#logger = logger;
  }

  /** Null while there is none that works. */
  get url(): string | null {
    return this.#link && this.#link.expiresMs > Date.now() ? this.#link.url : null;
  }

  /** Whether a link is there, is being asked for, or will be. */
  get isWanted(): boolean {
    return this.#link !== null || this.#asking !== null || this.#timer !== undefined;
  }

  /** Asks for a new link now: the node that gave the last one may have another key, or the player another node. */
  renew(): void {
    this.#stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#ask(asking.signal).then(
      (link) => this.#asking === asking && this.#take(link),
      (error: unknown) => this.#asking === asking && this.#failed(error),
    );
  }

  /** Forgets the link: what gave it cannot be reached. */
  drop(): void {
    this.#stop();
    this.#failures = 0;
    this.#refusals = 0;
    if (this.#link === null) return;
    this.#link = null;
    this.#changed();
  }

  #take(link: StreamUrl | null): void {
    this.#asking = null;
    if (!link) {
      this.#retry();
      return;
    }
    this.#failures = 0;
    this.#refusals = 0;
    this.#link = link;
    const leftMs = Math.max(firstRetryMs, renewAfter * (link.expiresMs - Date.now()));
    this.#later(Math.min(leftMs, 2 ** 31 - 1));
    this.#changed();
  }

  #failed(error: unknown): void {
    this.#asking = null;
    // "No such player" may only mean: not yet.
    if (error instanceof HTTPError && error.code === 404) this.#refusals++;
    this.#logger.debug({ error: String(error) }, "no link to listen");
    if (this.#refusals < mostRefusals) this.#retry();
    else this.drop();
  }

  #retry(): void {
    this.#failures++;
    this.#later(Math.min(firstRetryMs * 2 ** (this.#failures - 1), longestRetryMs));
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.renew();
    }, ms);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asking?.abort();
    this.#asking = null;
  }
}
