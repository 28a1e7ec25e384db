import { AnnouncementSigner, announcementSubject } from "@asterite/andesite-protocol/announcement";
import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { Discovery } from "../../options.ts";
import { type AnnouncementResult, NodeDirectory, type NodeRegistryListener } from "./node-directory.ts";

/** Interval of the checks for expired leases, in ms. */
const sweepIntervalMs = 500;
/** Minimum interval between two warnings about the same problem, in ms. */
const warningIntervalMs = 60_000;

const warnings = {
  "invalid signature": "announcements ignored: malformed, or signed with another password",
  "wrong clock": "announcements ignored: clocks of node and bot differ too much",
  "too many nodes": "announcements ignored: too many nodes",
  outdated: "announcements ignored: recorded and sent again, or the clock of a node was set back",
} as const;

type Problem = keyof typeof warnings;

const isProblem = (result: AnnouncementResult): result is AnnouncementResult & Problem =>
  Object.hasOwn(warnings, result);

/** Discovers audio nodes by their announcements on NATS. */
export class NodeFinder {
  readonly #link: NatsLink;
  readonly #signer: AnnouncementSigner;
  readonly #directory: NodeDirectory;
  readonly #logger: Logger;
  readonly #sweepTimer: NodeJS.Timeout;
  readonly #warnedAtMs = new Map<Problem, number>();

  constructor({ nats, password }: Discovery, listener: NodeRegistryListener, logger: Logger) {
    this.#logger = logger;
    this.#signer = new AnnouncementSigner(password);
    this.#directory = new NodeDirectory(listener);
    this.#link = new NatsLink({ addresses: nats, logger });
    this.#link.subscribe(announcementSubject, (message) => this.#handleMessage(message));
    this.#link.onConnected(() => this.#directory.renewLeases(performance.now()));
    this.#sweepTimer = setInterval(() => {
      // Without a connection to NATS, missing announcements do not mean that a node is gone.
      if (this.#link.isConnected) this.#directory.sweep(performance.now(), Date.now());
    }, sweepIntervalMs);
  }

  /** Stops the discovery and disconnects from NATS. */
  async close(): Promise<void> {
    clearInterval(this.#sweepTimer);
    await this.#link.close();
  }

  #handleMessage(message: Uint8Array): void {
    const announcement = this.#signer.verify(message);
    if (!announcement) {
      this.#warn("invalid signature");
      return;
    }
    const result = this.#directory.handleAnnouncement(announcement, performance.now(), Date.now());
    if (isProblem(result)) this.#warn(result);
  }

  #warn(problem: Problem): void {
    const nowMs = performance.now();
    const warnedAtMs = this.#warnedAtMs.get(problem) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - warnedAtMs < warningIntervalMs) return;
    this.#warnedAtMs.set(problem, nowMs);
    this.#logger.warn({}, warnings[problem]);
  }
}
