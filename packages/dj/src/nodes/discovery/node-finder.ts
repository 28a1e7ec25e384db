import { AnnouncementSigner, announcementSubject } from "@asterite/andesite-protocol/announcement";
import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { Discovery } from "../../options.ts";
import { NodeDirectory, type NodeKeeper, type Verdict } from "./node-directory.ts";

/** How often to look which nodes are silent, in ms. */
const sweepEveryMs = 500;
/** How often an operator is told about announcements that are ignored, in ms. */
const warnEveryMs = 60_000;

const complaints = {
  unsigned: "announcements on NATS are ignored: malformed, or signed with another password",
  "wrong clock": "announcements of audio nodes are ignored, because their clock or this one is wrong",
  "too many": "announcements of audio nodes are ignored, because there are too many nodes",
} as const;

type Complaint = keyof typeof complaints;

const isComplaint = (verdict: Verdict): verdict is Verdict & Complaint => Object.hasOwn(complaints, verdict);

/** Hears over NATS which audio nodes there are. */
export class NodeFinder {
  readonly #link: NatsLink;
  readonly #signer: AnnouncementSigner;
  readonly #directory: NodeDirectory;
  readonly #logger: Logger;
  readonly #sweeping: NodeJS.Timeout;
  readonly #warnedAtMs = new Map<Complaint, number>();

  constructor({ nats, password }: Discovery, keeper: NodeKeeper, logger: Logger) {
    this.#logger = logger;
    this.#signer = new AnnouncementSigner(password);
    this.#directory = new NodeDirectory(keeper);
    this.#link = new NatsLink({ addresses: nats, logger });
    this.#link.subscribe(announcementSubject, (message) => this.#take(message));
    this.#link.onConnected(() => this.#directory.renew(performance.now()));
    this.#sweeping = setInterval(() => {
      // Silence means nothing while nobody could be heard.
      if (this.#link.isConnected) this.#directory.sweep(performance.now(), Date.now());
    }, sweepEveryMs);
  }

  /** Hears nothing any more. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#link.close();
  }

  #take(message: Uint8Array): void {
    const announcement = this.#signer.verify(message);
    if (!announcement) {
      this.#complain("unsigned");
      return;
    }
    const verdict = this.#directory.take(announcement, performance.now(), Date.now());
    if (isComplaint(verdict)) this.#complain(verdict);
  }

  #complain(about: Complaint): void {
    const nowMs = performance.now();
    const warnedAtMs = this.#warnedAtMs.get(about) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - warnedAtMs < warnEveryMs) return;
    this.#warnedAtMs.set(about, nowMs);
    this.#logger.warn({}, complaints[about]);
  }
}
