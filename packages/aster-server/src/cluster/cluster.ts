import { randomUUID } from "node:crypto";
import type { Logger } from "@asterite/util";
import type { LoginThrottle, PasswordAttempt } from "../auth/login-throttle.ts";
import { AuthenticatedBus, type MessageRefusal } from "../bus/authenticated-bus.ts";
import { BusKeyring } from "../bus/bus-keyring.ts";
import { NatsBus } from "../bus/nats-bus.ts";
import { NoBus } from "../bus/no-bus.ts";
import type { ServerContext } from "../commands/handler.ts";
import type { Hub, LocalHub } from "../hub/hub.ts";
import type { LogHead, SharedLog } from "../store/shared-log.ts";
import type { StoreAccess } from "../store/store.ts";
import { ClusterChannelStates } from "./cluster-channel-states.ts";
import { ClusterHub } from "./cluster-hub.ts";
import { decodeCommitNotice } from "./commit-notice.ts";
import { type FollowerTimes, LogFollower, type LogPosition } from "./log-follower.ts";
import { RemoteEventPublisher } from "./remote-event-publisher.ts";
import { type LeaseTimes, ReplicatedState } from "./replicated-state.ts";

/** Dependencies of a {@link Cluster}. */
interface ClusterOptions {
  readonly log: SharedLog;
  readonly read: StoreAccess;
  readonly local: LocalHub;
  readonly logins: LoginThrottle;
  readonly logger: Logger;
  /** Comma-separated NATS addresses; undefined to connect the processes by the database alone. */
  readonly nats: string | undefined;
  /** Name from the server's options; takes precedence over the one in the database. */
  readonly configuredName: string | undefined;
  /** Whether the server's options set an icon; it takes precedence over the one in the database. */
  readonly hasConfiguredIcon: boolean;
}

const times: FollowerTimes & LeaseTimes = Object.freeze({
  pollIntervalMs: 250,
  pollIntervalWithoutBusMs: 100,
  noticeTimeoutMs: 15,
  leaseMs: 4000,
  heartbeatMs: 1000,
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Health of this process as a member of the cluster, for metrics. */
export interface ClusterStatus {
  readonly isBusConnected: boolean;
  /** Whether the database answered within the lease. */
  readonly isCurrent: boolean;
  /** Number of other processes with a valid lease. */
  readonly peers: number;
  /** Events of other processes that were read from the log, because no commit notice arrived in time. */
  readonly eventsRead: number;
  /** Ignored messages of other processes by reason. */
  readonly refused: ReadonlyMap<MessageRefusal, number>;
}

/** State of the database that a process needs before it uses the bus. */
interface BusStart {
  readonly keyring: BusKeyring;
  /** The database's clock minus this machine's, in ms. */
  readonly clockOffsetMs: number;
}

/** Membership of this process in a cluster: several processes that serve the same database. */
export class Cluster {
  readonly hub: Hub;
  readonly states: ClusterChannelStates;
  readonly #options: ClusterOptions;
  readonly #bus: AuthenticatedBus;
  readonly #start: BusStart;
  readonly #replicated: ReplicatedState;
  readonly #hub: ClusterHub;
  #follower: LogFollower | undefined;

  /**
   * Reads the keys of the bus and begins to connect to NATS.
   *
   * @throws NatsAddressError
   */
  static async join(options: ClusterOptions): Promise<Cluster> {
    const { log, logger } = options;
    const keyring = await BusKeyring.load(log, logger);
    const readDate = Date.now();
    const { timeMs } = await log.readHead();
    return new Cluster(options, { keyring, clockOffsetMs: timeMs - (readDate + Date.now()) / 2 });
  }

  private constructor(options: ClusterOptions, start: BusStart) {
    const { log, local, logins, logger, nats } = options;
    this.#options = options;
    this.#start = start;
    const process = randomUUID();
    this.#bus = new AuthenticatedBus({
      bus: nats === undefined ? new NoBus() : new NatsBus(nats, log.clusterId, logger),
      process,
      keyring: start.keyring,
      now: () => this.databaseTimeMs(),
      logger,
    });
    this.#replicated = new ReplicatedState(process, this.#bus, times, logger);
    this.#hub = new ClusterHub(local, this.#bus, this.#replicated);
    this.hub = this.#hub;
    this.states = new ClusterChannelStates(this.#replicated, local);
    logins.onAttempt((compared) =>
      this.#bus.send("password-checks", encoder.encode(JSON.stringify(compared))),
    );
    // The bus delivers authentic messages only, so their shape is trusted.
    this.#bus.subscribe("password-checks", (bytes) =>
      logins.countRemoteAttempt(JSON.parse(decoder.decode(bytes)) as PasswordAttempt),
    );
    this.#bus.subscribe("commits", (bytes) => this.#receiveNotice(bytes));
  }

  /** Keys that all processes share. */
  get keys(): BusKeyring {
    return this.#start.keyring;
  }

  /** Starts to follow the log after the position up to which the server has loaded its state. */
  follow(
    server: Pick<ServerContext, "access" | "accounts" | "files" | "identity" | "states" | "hub">,
    loaded: LogPosition,
  ): void {
    const { read, local, logger, configuredName, hasConfiguredIcon } = this.#options;
    const publisher = new RemoteEventPublisher({ server, read, local, configuredName, hasConfiguredIcon });
    const { events } = read;
    const log = { readHead: () => this.#readHead() };
    const follower = new LogFollower(
      { log, events, publisher, hub: this.#hub, bus: this.#bus, logger, times },
      loaded,
      this.#start.clockOffsetMs,
    );
    this.#follower = follower;
    this.#options.log.setFollower(follower);
  }

  /** Unix time in ms by the database's clock, which all processes share. */
  databaseTimeMs(): number {
    return Date.now() + (this.#follower?.clockOffsetMs ?? this.#start.clockOffsetMs);
  }

  get isCurrent(): boolean {
    return this.#follower?.isCurrent ?? true;
  }

  get status(): ClusterStatus {
    return {
      isBusConnected: this.#bus.isConnected,
      isCurrent: this.isCurrent,
      peers: this.#replicated.peerCount,
      eventsRead: this.#follower?.eventsRead ?? 0,
      refused: this.#bus.refused,
    };
  }

  /** Announces the departure to the other processes and disconnects. The store has to be open still. */
  async close(): Promise<void> {
    this.#replicated.close();
    await this.#follower?.close();
    await this.#bus.close();
  }

  async #readHead(): Promise<LogHead> {
    const head = await this.#options.log.readHead();
    this.#start.keyring.noticeNewest(head.busKey);
    return head;
  }

  #receiveNotice(bytes: Uint8Array): void {
    const notice = decodeCommitNotice(bytes);
    if (!notice || !this.#follower) return;
    this.#follower.receiveNotice(notice);
    if (!this.isCurrent) return;
    for (const { audience, packet } of notice.packets) {
      if (packet.seq === undefined) this.#options.local.publish(audience, packet);
    }
  }
}
