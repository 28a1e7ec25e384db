import type { QueueEntry } from "@asterite/queue";
import type { Logger } from "@asterite/util";

/** A path at which a node shows the picture of one of its own files. */
const nodePath = /^\/artwork\/[\w-]{1,990}$/;
const webAddress = /^https?:\/\/\S{1,990}$/i;

/**
 * Knows where the picture of what plays can be seen. A path of a node ends with the node's process, and another node
 * has another path, so each is asked for again when its track starts, and when the node has been away.
 */
export class ArtworkLink {
  readonly #ask: (identifier: string, signal: AbortSignal) => Promise<string | null>;
  readonly #place: (path: string) => string;
  readonly #changed: () => void;
  readonly #logger: Logger;
  /** The answer, and the entry that it is about. */
  #known: { readonly id: number; readonly artwork: string | null } | null = null;
  #asking: AbortController | null = null;

  /**
   * @param ask - Asks the node what it says now about a track.
   * @param place - Makes an address for the chat of a path on the node.
   * @param changed - Called when there is another answer.
   */
  constructor(
    ask: (identifier: string, signal: AbortSignal) => Promise<string | null>,
    place: (path: string) => string,
    changed: () => void,
    logger: Logger,
  ) {
    this.#ask = ask;
    this.#place = place;
    this.#changed = changed;
    this.#logger = logger;
  }

  /** The address of an entry's picture; null for none, and for what nobody should follow. */
  urlOf({ id, track }: QueueEntry): string | null {
    const artwork = this.#known?.id === id ? this.#known.artwork : track.artwork;
    if (artwork === null) return null;
    if (nodePath.test(artwork)) return this.#place(artwork);
    return webAddress.test(artwork) ? artwork : null;
  }

  /** Asks again for the picture of an entry, if it is one of a node. */
  renew({ id, track }: QueueEntry): void {
    this.drop();
    if (track.artwork === null || !nodePath.test(track.artwork)) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#ask(track.identifier, asking.signal).then(
      (artwork) => {
        if (this.#asking !== asking) return;
        this.#asking = null;
        this.#known = { id, artwork };
        this.#changed();
      },
      (error: unknown) => {
        // A missing picture is no reason to try again before the next track, or before the node is back.
        this.#logger.debug({ error: String(error) }, "no address of a picture");
      },
    );
  }

  /** Gives up asking. */
  drop(): void {
    this.#asking?.abort();
    this.#asking = null;
  }
}
