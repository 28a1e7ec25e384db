import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Announcement,
  AnnouncementSigner,
  announcementIntervalMs,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import { NatsLink } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { NodeSettings } from "../options.ts";
import { nodeVersion } from "../version.ts";
import { parseNodeAddress, reachableHost } from "./node-address.ts";

/** Options of {@link Announcer}. */
export interface AnnouncerOptions {
  readonly settings: NodeSettings;
  /** NATS addresses and password, which are optional in the settings but required here. */
  readonly nats: string;
  readonly password: string;
  /** Address that the node listens on. */
  readonly host: string;
  readonly port: number;
  /** Returns the number of players. */
  readonly countPlayers: () => number;
  readonly logger: Logger;
}

/** Interval at which draining checks whether players remain. */
const drainPollMs = 50;

/** Publishes the address, load and state of this node to bots over NATS every second. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #signer: AnnouncementSigner;
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
    const address = announcing.address === null ? undefined : parseNodeAddress(announcing.address);
    const ownAddress = { host: reachableHost(options.host), port: options.port, tls: false, path: "/" };
    this.#options = options;
    this.#nodeInfo = {
      ...(address ?? ownAddress),
      listenUrl: announcing.listenUrl,
      id,
      region,
      version: nodeVersion,
    };
    this.#signer = new AnnouncementSigner(password);
    this.#natsConnection = new NatsLink({ addresses: nats, logger });
    this.#natsConnection.onConnected(() => this.#announce());
    this.#timer = setInterval(() => this.#announce(), announcementIntervalMs).unref();
    const { host, port, path } = this.#nodeInfo;
    logger.info({ host, port, path }, "announcing to bots over NATS");
  }

  /**
   * Announces that the node is draining, and waits until bots have moved all players or `drainMs` has
   * elapsed.
   */
  async drain(signal?: AbortSignal): Promise<void> {
    const { countPlayers, settings, logger } = this.#options;
    const endsAtMs = performance.now() + settings.announcing.drainMs;
    this.#state = "draining";
    this.#announce();
    const isOver = (): boolean => signal?.aborted === true || performance.now() >= endsAtMs;
    // Without NATS no bot receives the announcement.
    while (countPlayers() > 0 && this.#natsConnection.isConnected && !isOver()) await delay(drainPollMs);
    const remaining = countPlayers();
    if (remaining > 0) logger.warn({ players: remaining }, "shutting down: players not moved to other nodes");
  }

  /** Announces that the node is gone, and disconnects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#state = "gone";
    this.#announce();
    await this.#natsConnection.close();
  }

  #announce(): void {
    if (!this.#natsConnection.isConnected) return;
    // Bots ignore announcements that are not newer, so the time must increase even if the clock is set back.
    this.#sentAt = Math.max(Date.now(), this.#sentAt + 1);
    const content: Announcement = {
      v: 1,
      sentAt: this.#sentAt,
      state: this.#state,
      ...this.#nodeInfo,
      players: this.#options.countPlayers(),
      cpu: this.#cpuLoad(),
    };
    this.#natsConnection.publish(announcementSubject, this.#signer.sign(content));
  }

  /**
   * Returns the share of all processors used since the last measurement; reuses it within half an interval.
   */
  #cpuLoad(): number {
    const { atMs, used, share } = this.#cpu;
    const nowMs = performance.now();
    if (nowMs - atMs < announcementIntervalMs / 2) return share;
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
