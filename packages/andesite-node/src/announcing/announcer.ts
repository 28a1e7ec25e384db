import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Announcement,
  AnnouncementSeal,
  announcementEveryMs,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { NodeSettings } from "../options.ts";
import { nodeVersion } from "../version.ts";
import { parseNodeAddress, reachableHost } from "./node-address.ts";

/** What an announcer tells of. */
export interface AnnouncerOptions {
  readonly settings: NodeSettings;
  /** NATS servers and the password, which the settings may lack. */
  readonly nats: string;
  readonly password: string;
  /** Where the node listens. */
  readonly host: string;
  readonly port: number;
  /** How many players there are. */
  readonly countPlayers: () => number;
  readonly logger: Logger;
}

/** How often to look whether the last player has gone, in ms. */
const drainPollMs = 50;

/** Tells bots over NATS, every second, where this node is and what it does. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #seal: AnnouncementSeal;
  readonly #natsConnection: NatsLink;
  readonly #nodeInfo: Pick<
    Announcement,
    "host" | "port" | "tls" | "path" | "listenUrl" | "id" | "region" | "version"
  >;
  readonly #timer: NodeJS.Timeout;
  #state: Announcement["state"] = "ready";
  #sentAt = 0;
  #cpu = { atMs: performance.now(), used: process.cpuUsage(), share: 0 };

  constructor(options: AnnouncerOptions) {
    const { settings, nats, password, logger } = options;
    const { announcing, id, region } = settings;
    const address = announcing.address === null ? null : parseNodeAddress(announcing.address);
    const ownAddress = { host: reachableHost(options.host), port: options.port, tls: false, path: "/" };
    this.#options = options;
    this.#nodeInfo = {
      ...(address ?? ownAddress),
      listenUrl: announcing.listenUrl,
      id,
      region,
      version: nodeVersion,
    };
    this.#seal = new AnnouncementSeal(password);
    this.#natsConnection = new NatsLink({ addresses: nats, logger });
    this.#natsConnection.onConnected(() => this.#announce());
    this.#timer = setInterval(() => this.#announce(), announcementEveryMs).unref();
    const { host, port, path } = this.#nodeInfo;
    logger.info({ host, port, path }, "announcing to bots over NATS");
  }

  /** Asks bots to move their players and waits until none is left, as long as the options allow. */
  async drain(signal?: AbortSignal): Promise<void> {
    const { countPlayers, settings, logger } = this.#options;
    const endsAtMs = performance.now() + settings.announcing.drainMs;
    this.#state = "draining";
    this.#announce();
    const isOver = (): boolean => signal?.aborted === true || performance.now() >= endsAtMs;
    // Without NATS nobody hears that they should go.
    while (countPlayers() > 0 && this.#natsConnection.isConnected && !isOver()) await delay(drainPollMs);
    const remaining = countPlayers();
    if (remaining > 0) logger.warn({ players: remaining }, "shutting down: players not moved to other nodes");
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#state = "gone";
    this.#announce();
    await this.#natsConnection.close();
  }

  #announce(): void {
    if (!this.#natsConnection.isConnected) return;
    // Bots ignore what is not newer, so it has to be, whatever the clock does.
    this.#sentAt = Math.max(Date.now(), this.#sentAt + 1);
    const content: Announcement = {
      v: 1,
      sentAt: this.#sentAt,
      state: this.#state,
      ...this.#nodeInfo,
      players: this.#options.countPlayers(),
      cpu: this.#cpuLoad(),
    };
    this.#natsConnection.publish(announcementSubject, this.#seal.seal(content));
  }

  /** Part of the processors that was used since it was last looked at, but for looks that follow too soon. */
  #cpuLoad(): number {
    const { atMs, used, share } = this.#cpu;
    const nowMs = performance.now();
    if (nowMs - atMs < announcementEveryMs / 2) return share;
    const { user, system } = process.cpuUsage(used);
    const possible = 1_000 * (nowMs - atMs) * availableParallelism();
    this.#cpu = {
      atMs: nowMs,
      used: process.cpuUsage(),
      share: Math.min(1, Math.round((100 * (user + system)) / possible) / 100),
    };
    return this.#cpu.share;
  }
}
