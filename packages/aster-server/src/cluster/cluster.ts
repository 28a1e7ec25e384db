import { randomUUID } from "node:crypto";
import type { Logger } from "@asterite/util";
import type { LoginThrottle, PasswordAttempt } from "../auth/login-throttle.ts";
import type { Bus } from "../bus/bus.ts";
import { NatsBus } from "../bus/nats-bus.ts";
import { NoBus } from "../bus/no-bus.ts";
import type { ServerContext } from "../commands/handler.ts";
import type { Hub, LocalHub } from "../hub/hub.ts";
import type { SharedLog, StoreAccess } from "../store/store.ts";
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
}

/** Membership of this process in a cluster: several processes that serve the same database. */
export class Cluster {
  readonly hub: Hub;
  readonly states: ClusterChannelStates;
  readonly #options: ClusterOptions;
  readonly #bus: Bus;
  readonly #replicated: ReplicatedState;
  readonly #hub: ClusterHub;
  #follower: LogFollower | undefined;

  /**
   * Begins to connect to NATS.
   *
   * @throws NatsAddressError
   */
  constructor(options: ClusterOptions) {
    const { log, local, logins, logger, nats } = options;
    this.#options = options;
    this.#bus = nats === undefined ? new NoBus() : new NatsBus(nats, log.clusterId, logger);
    this.#replicated = new ReplicatedState(randomUUID(), this.#bus, times, logger);
    this.#hub = new ClusterHub(local, this.#bus, this.#replicated);
    this.hub = this.#hub;
    this.states = new ClusterChannelStates(this.#replicated, local);
    logins.onAttempt((compared) =>
      this.#bus.send("password-checks", encoder.encode(JSON.stringify(compared))),
    );
    // Only processes of the same server can publish on this subject, so the message is trusted.
    this.#bus.subscribe("password-checks", (bytes) =>
      logins.countRemoteAttempt(JSON.parse(decoder.decode(bytes)) as PasswordAttempt),
    );
    this.#bus.subscribe("commits", (bytes) => this.#receiveNotice(bytes));
  }

  /** Starts to follow the log after the position up to which the server has loaded its state. */
  follow(server: Pick<ServerContext, "access" | "identity" | "states" | "hub">, loaded: LogPosition): void {
    const { log, read, local, logger, configuredName, hasConfiguredIcon } = this.#options;
    const publisher = new RemoteEventPublisher({ server, read, local, configuredName, hasConfiguredIcon });
    const { events } = read;
    const follower = new LogFollower(
      { log, events, publisher, hub: this.#hub, bus: this.#bus, logger, times },
      loaded,
    );
    this.#follower = follower;
    log.setFollower(follower);
  }

  /** Unix time in ms by the database's clock, which all processes share. */
  databaseTimeMs(): number {
    return Date.now() + (this.#follower?.clockOffsetMs ?? 0);
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
    };
  }

  /** Announces the departure to the other processes and disconnects. The store has to be open still. */
  async close(): Promise<void> {
    this.#replicated.close();
    await this.#follower?.close();
    await this.#bus.close();
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
