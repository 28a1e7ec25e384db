import type { QueueEntry } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import type { AudioNodes } from "../nodes/audio-nodes.ts";

/** Path under which a node serves the picture of one of its own files. */
const nodePath = /^\/artwork\/[\w-]{1,990}$/;
const webUrl = /^https?:\/\/\S{1,990}$/i;

/**
 * Provides the public URL of an entry's picture. Paths of a node are valid for the lifetime of its process
 * and differ between nodes, so they are looked up again when a track starts and when a node has reconnected.
 */
export class ArtworkLink {
  readonly #nodes: Pick<AudioNodes, "findArtwork" | "publicUrl">;
  readonly #guildId: string;
  readonly #onChange: () => void;
  readonly #logger: Logger;
  /** Latest result of a lookup, and the id of its entry. */
  #latest: { readonly id: number; readonly artwork: string | null } | undefined;
  #lookup: AbortController | undefined;

  /** @param onChange - Called after a lookup has completed. */
  constructor(
    nodes: Pick<AudioNodes, "findArtwork" | "publicUrl">,
    guildId: string,
    onChange: () => void,
    logger: Logger,
  ) {
    this.#nodes = nodes;
    this.#guildId = guildId;
    this.#onChange = onChange;
    this.#logger = logger;
  }

  /**
   * Returns the public URL of an entry's picture; null if it has none, or one that is not safe to publish.
   */
  urlOf({ id, track }: QueueEntry): string | null {
    const artwork = this.#latest?.id === id ? this.#latest.artwork : track.artwork;
    if (artwork === null) return null;
    if (nodePath.test(artwork)) return this.#nodes.publicUrl(this.#guildId, artwork);
    return webUrl.test(artwork) ? artwork : null;
  }

  /** Looks up the picture of an entry again if a node serves it. */
  refresh({ id, track }: QueueEntry): void {
    this.cancel();
    if (track.artwork === null || !nodePath.test(track.artwork)) return;
    const lookup = new AbortController();
    this.#lookup = lookup;
    this.#nodes.findArtwork(this.#guildId, track.identifier, lookup.signal).then(
      (artwork) => {
        if (this.#lookup !== lookup) return;
        this.#lookup = undefined;
        this.#latest = { id, artwork };
        this.#onChange();
      },
      (error: unknown) => {
        // Not retried before the next track or reconnection: the picture is optional.
        this.#logger.debug({ error: String(error) }, "artwork lookup failed");
      },
    );
  }

  /** Cancels a pending lookup. */
  cancel(): void {
    this.#lookup?.abort();
    this.#lookup = undefined;
  }
}
