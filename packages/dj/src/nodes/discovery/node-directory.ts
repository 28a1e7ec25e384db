import { type Announcement, announcedUrl } from "@asterite/andesite-protocol/announcement";

/** Whoever acts on what nodes announce; nodes are named by their base addresses. */
export interface NodeRegistryListener {
  /** There is a node, for the first time, again or still. */
  nodeFound(url: string, announcement: Announcement): void;
  /** A node wants to get rid of its players; told as long as it does. */
  nodeDraining(url: string): void;
  /** A node has ended, or has not been heard of for too long. */
  nodeGone(url: string): void;
  /** Whether a node can be reached although nothing is heard of it. */
  isNodeConnected(url: string): boolean;
}

/** What became of an announcement. */
export type Verdict = "taken" | "old" | "wrong clock" | "too many";

/** How long a node that cannot be reached either may announce nothing, in ms. */
export const leaseMs = 5_000;
/** How far a node's clock may be from ours, in ms. Announcements of longer ago are nobody's business any more. */
const freshMs = 120_000;
/** Nodes that are known at one time, former ones included. */
const mostNodes = 256;

interface Entry {
  /** By the node's clock. */
  sentAt: number;
  /** By ours, of any origin; null for a node that is gone. */
  heardAtMs: number | null;
}

/** Decides from announcements which nodes there are. */
export class NodeDirectory {
  readonly #keeper: NodeRegistryListener;
  readonly #entries = new Map<string, Entry>();

  constructor(keeper: NodeRegistryListener) {
    this.#keeper = keeper;
  }

  /**
   * Takes an announcement whose signature is right.
   *
   * @param nowMs - Now, by a clock that is never set.
   * @param epochMs - Now, in ms since 1970.
   */
  take(announcement: Announcement, nowMs: number, epochMs: number): Verdict {
    const { sentAt, state } = announcement;
    if (Math.abs(epochMs - sentAt) > freshMs) return "wrong clock";
    const url = new URL(announcedUrl(announcement)).href;
    const known = this.#entries.get(url);
    // Somebody may have listened and say it again, to hold a dead node alive or to end a living one.
    if (known && sentAt <= known.sentAt) return "old";
    if (!known && this.#entries.size >= mostNodes) return "too many";
    const isGone = state === "gone";
    this.#entries.set(url, { sentAt, heardAtMs: isGone ? null : nowMs });
    if (isGone) this.#keeper.nodeGone(url);
    else if (state === "draining") this.#keeper.nodeDraining(url);
    else this.#keeper.nodeFound(url, announcement);
    return "taken";
  }

  /** Looks whose lease is over; to be called every now and then while announcements can be heard. */
  sweep(nowMs: number, epochMs: number): void {
    for (const [url, entry] of this.#entries) {
      const { sentAt, heardAtMs } = entry;
      if (heardAtMs === null) {
        // Nothing that it said can be repeated any more, so that nothing has to be remembered of it.
        if (epochMs > sentAt + freshMs) this.#entries.delete(url);
      } else if (nowMs - heardAtMs > leaseMs && !this.#keeper.isNodeConnected(url)) {
        entry.heardAtMs = null;
        this.#keeper.nodeGone(url);
      }
    }
  }

  /** Announcements can be heard again: nodes get the time to be heard of. */
  renew(nowMs: number): void {
    for (const entry of this.#entries.values()) if (entry.heardAtMs !== null) entry.heardAtMs = nowMs;
  }
}
