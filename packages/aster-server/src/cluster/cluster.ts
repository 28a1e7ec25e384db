import { randomUUID } from "node:crypto";
import type { Logger } from "@asterite/util";
import { Access } from "../access.ts";
import type { ComparedPassword, LoginThrottle } from "../auth/login-throttle.ts";
import type { Bus } from "../bus/bus.ts";
import { NatsBus } from "../bus/nats-bus.ts";
import { NoBus } from "../bus/no-bus.ts";
import type { ServerContext } from "../commands/handler.ts";
import type { Hub, LocalHub } from "../hub/hub.ts";
import type { SharedLog, StoreAccess, StoredEvent } from "../store/store.ts";
import { ClusterChannelStates } from "./cluster-channel-states.ts";
import { ClusterHub } from "./cluster-hub.ts";
import { decodeCommitNotice } from "./commit-notice.ts";
import { type FollowerTimes, LogFollower } from "./log-follower.ts";
import { tellEvents } from "./remote-event-publisher.ts";
import { type LeaseTimes, ReplicatedState } from "./replicated-state.ts";

/** What a {@link Cluster} is made of. */
interface ClusterOptions {
  readonly log: SharedLog;
  readonly read: StoreAccess;
  readonly local: LocalHub;
  readonly logins: LoginThrottle;
  readonly logger: Logger;
  /** Addresses of NATS; without them the log is all that goes between the processes. */
  readonly nats: string | undefined;
  readonly configuredName: string | undefined;
  readonly hasConfiguredIcon: boolean;
}

/** How processes keep up with each other, in milliseconds. */
const times: FollowerTimes & LeaseTimes = Object.freeze({
  pollIntervalMs: 250,
  pollIntervalWithoutBusMs: 100,
  noticeTimeoutMs: 15,
  leaseMs: 4000,
  heartbeatMs: 1000,
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What there is to see of a cluster. */
export interface ClusterStatus {
  readonly isBusConnected: boolean;
  /** Whether the database was seen shortly ago. */
  readonly isCurrent: boolean;
  /** Other processes that are known to live. */
  readonly peers: number;
  /** Events that were read from the log, since no hint came. */
  readonly eventsRead: number;
}

/** This process as one of several that serve the same database. */
export class Cluster {
  readonly hub: Hub;
  readonly states: ClusterChannelStates;
  readonly #options: ClusterOptions;
  readonly #bus: Bus;
  readonly #replicated: ReplicatedState;
  readonly #hub: ClusterHub;
  #follower: LogFollower | undefined;

  constructor(options: ClusterOptions) {
    const { log, local, logins, logger, nats } = options;
    this.#options = options;
    this.#bus = nats === undefined ? new NoBus() : new NatsBus(nats, log.clusterId, logger);
    this.#replicated = new ReplicatedState(randomUUID(), this.#bus, times, logger);
    this.#hub = new ClusterHub(local, this.#bus, this.#replicated);
    this.hub = this.#hub;
    this.states = new ClusterChannelStates(this.#replicated, local);
    logins.onCompared((compared) => this.#bus.send("failures", encoder.encode(JSON.stringify(compared))));
    // Only processes of the same server can write here.
    this.#bus.subscribe("failures", (bytes) =>
      logins.countElsewhere(JSON.parse(decoder.decode(bytes)) as ComparedPassword),
    );
    this.#bus.subscribe("hints", (bytes) => this.#receiveNotice(bytes));
  }

  /** Begins to follow the log; what happened up to `newest` is known already. */
  follow(server: Pick<ServerContext, "access" | "identity">, newest: number): void {
    const {
      log,
      read,
      local,
      logger,
      configuredName: givenName,
      hasConfiguredIcon: hasGivenIcon,
    } = this.#options;
    const telling = { server, read, local, givenName, hasGivenIcon };
    const follower = new LogFollower(
      {
        log,
        events: read.events,
        tell: (events, hint) => tellEvents(telling, events, hint),
        startAnew: async () => {
          server.access = new Access(await read.readAccessRules());
          local.cutAll("events are gone");
        },
        hearsOthers: () => this.#bus.isConnected,
        logger,
        times,
      },
      newest,
    );
    this.#follower = follower;
    log.setFollower({
      pause: () => follower.pause(),
      pauseAt: (newest) => follower.pauseAt(newest),
      resume: (own: readonly StoredEvent[]) => {
        this.#hub.broadcastCommit(own);
        follower.resume(own);
      },
    });
  }

  /** Unix time in milliseconds as the database has it, which is the same for all processes. */
  databaseTimeMs(): number {
    return Date.now() + (this.#follower?.clockOffsetMs ?? 0);
  }

  get isCurrent(): boolean {
    return this.#follower?.isCurrent ?? true;
  }

  /** How it is at this moment. */
  get status(): ClusterStatus {
    return {
      isBusConnected: this.#bus.isConnected,
      isCurrent: this.isCurrent,
      peers: this.#replicated.peerCount,
      eventsRead: this.#follower?.eventsRead ?? 0,
    };
  }

  /** Takes leave of the others. The store has to be open still. */
  async close(): Promise<void> {
    this.#replicated.close();
    await this.#follower?.close();
    await this.#bus.close();
  }

  #receiveNotice(bytes: Uint8Array): void {
    const hint = decodeCommitNotice(bytes);
    if (!hint || !this.#follower) return;
    this.#follower.receiveNotice(hint);
    if (!this.isCurrent) return;
    for (const { audience, packet } of hint.packets) {
      if (packet.seq === undefined) this.#options.local.publish(audience, packet);
    }
  }
}
