import { type Announcement, announcedUrl } from "@asterite/andesite-protocol/announcement";

/** Receiver of the changes of a {@link NodeDirectory}; nodes are identified by their base URLs. */
export interface NodeRegistryListener {
  /** Called for each announcement of a node that is ready. */
  nodeFound(url: string, announcement: Announcement): void;
  /** Called for each announcement of a node that is shutting down and wants its players moved. */
  nodeDraining(url: string): void;
  /** Called when a node has shut down or its lease has expired. */
  nodeGone(url: string): void;
  /** Returns whether a node is connected, so that it is kept although its announcements are missing. */
  isNodeConnected(url: string): boolean;
}

/** Result of an announcement: accepted, or the reason why it was ignored. */
export type AnnouncementResult = "accepted" | "outdated" | "wrong clock" | "too many nodes";

/** Lease of a node, in ms: without announcements and without a connection it is removed after this time. */
export const leaseMs = 5_000;
/** Maximum difference between the clocks, in ms. Older announcements are ignored. */
const maxClockSkewMs = 120_000;
/** Maximum number of known nodes, including removed ones that are still remembered. */
const maxNodes = 256;

interface Entry {
  /** Time of the latest announcement, by the clock of the node. */
  sentAt: number;
  /** Local time of the latest announcement, monotonic; undefined for a node that is gone. */
  receivedAtMs: number | undefined;
}

/** Directory of the announced nodes: adds, drains and expires them by their announcements. */
export class NodeDirectory {
  readonly #listener: NodeRegistryListener;
  readonly #entries = new Map<string, Entry>();

  constructor(listener: NodeRegistryListener) {
    this.#listener = listener;
  }

  /**
   * Handles an announcement whose signature is valid.
   *
   * @param nowMs - Monotonic time.
   * @param epochMs - Time in ms since 1970.
   */
  handleAnnouncement(announcement: Announcement, nowMs: number, epochMs: number): AnnouncementResult {
    const { sentAt, state } = announcement;
    if (Math.abs(epochMs - sentAt) > maxClockSkewMs) return "wrong clock";
    const url = new URL(announcedUrl(announcement)).href;
    const known = this.#entries.get(url);
    // Replay protection: a recorded announcement could keep a dead node or remove a live one.
    if (known && sentAt <= known.sentAt) return "outdated";
    if (!known && this.#entries.size >= maxNodes) return "too many nodes";
    const isGone = state === "gone";
    this.#entries.set(url, { sentAt, receivedAtMs: isGone ? undefined : nowMs });
    if (isGone) this.#listener.nodeGone(url);
    else if (state === "draining") this.#listener.nodeDraining(url);
    else this.#listener.nodeFound(url, announcement);
    return "accepted";
  }

  /**
   * Removes nodes whose lease has expired. Must be called periodically while announcements can be received.
   */
  sweep(nowMs: number, epochMs: number): void {
    for (const [url, entry] of this.#entries) {
      const { sentAt, receivedAtMs } = entry;
      if (receivedAtMs === undefined) {
        // Its announcements are now too old to be replayed, so the entry is no longer needed.
        if (epochMs > sentAt + maxClockSkewMs) this.#entries.delete(url);
      } else if (nowMs - receivedAtMs > leaseMs && !this.#listener.isNodeConnected(url)) {
        entry.receivedAtMs = undefined;
        this.#listener.nodeGone(url);
      }
    }
  }

  /** Renews all leases after a time in which no announcements could be received. */
  renewLeases(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.receivedAtMs !== undefined) entry.receivedAtMs = nowMs;
    }
  }
}
