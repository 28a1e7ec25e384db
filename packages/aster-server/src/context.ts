import { defaultLimits } from "@asterite/aster-protocol";
import { Cooldowns, type Logger, silentLogger, systemClock } from "@asterite/util";
import { Access } from "./access.ts";
import { AccountDirectory } from "./account-directory.ts";
import { ensureAdminUser } from "./admin/admin-user.ts";
import { Administration } from "./admin/administration.ts";
import { AuditLog, defaultAuditLimits } from "./audit/audit-log.ts";
import { operatorEntry } from "./audit/operator-entry.ts";
import { defaultLoginLimits, LoginThrottle } from "./auth/login-throttle.ts";
import { defaultPasswordPolicy } from "./auth/password-policy.ts";
import { TokenUseWriter } from "./auth/token-use-writer.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { InvocationTokens } from "./commands/invocation-tokens.ts";
import { ReplayCache } from "./commands/replay-cache.ts";

import { Searches } from "./commands/searches.ts";
import { pictureHashOf } from "./commands/wire-format.ts";
import { Capacity, fittingCapacityLimits } from "./connection/capacity.ts";
import type { ConnectionContext } from "./connection/connection.ts";
import { TrustedProxies } from "./connection/proxy/trusted-proxies.ts";
import { WriteBatcher } from "./connection/write-batcher.ts";
import { Files } from "./files/files.ts";
import { ChannelStates } from "./hub/channel-states.ts";
import { LocalHub } from "./hub/hub.ts";
import { Metrics } from "./metrics.ts";
import { type AsterServerOptions, defaultServerOptions } from "./options.ts";
import { readDefaultIcon, readDefaultPicture, readPng } from "./pictures/pictures.ts";
import { defaultConnectionLimits } from "./settings.ts";
import { openStore } from "./store/open-store.ts";

/** The server-wide context together with its lifetime. */
export interface OpenContext extends ConnectionContext {
  /** The cluster of processes that serve the same database; undefined with SQLite. */
  readonly cluster: Cluster | undefined;
  /** Leaves the cluster, completes pending writes and closes the store. */
  close(): Promise<void>;
}

/** Opens the store and creates the server-wide context around it. */
export async function openContext(options: AsterServerOptions, logger: Logger): Promise<OpenContext> {
  const givenIcon = options.iconFile === undefined ? undefined : await readPng(options.iconFile);
  const picturePng =
    options.defaultPictureFile === undefined
      ? await readDefaultPicture()
      : await readPng(options.defaultPictureFile);
  const defaultPicture = picturePng.toString("base64");
  const metrics = new Metrics();
  const initial = {
    name: options.name ?? defaultServerOptions.name,
    icon: givenIcon ?? (await readDefaultIcon()),
  };
  const store = await openStore(options.database, initial, logger, (units, durationMs) =>
    metrics.countCommit(units, durationMs),
  );
  let cluster: Cluster | undefined;
  let files: Files | undefined;
  try {
    await store.transact({ run: (tx) => tx.accounts.indexNames(), onCommit: () => {} });
    if (options.adminUser) {
      await ensureAdminUser(options.adminUser, { store, picture: defaultPicture, logger });
    }
    // Read first: later events are then either in the state that is read below or published to this process.
    const newest = await store.read.events.newestSeq();
    const { id: epoch } = await store.read.events.readEpoch();
    const stored = await store.read.server.get();
    const capacity = { ...(await fittingCapacityLimits()), ...options.capacity };
    const accounts = new AccountDirectory(capacity.listedPictureBytes);
    await accounts.load(store.read.accounts);
    const loginLimits = { ...defaultLoginLimits, ...options.logins };
    const logins = new LoginThrottle(loginLimits, systemClock, metrics);
    const tokenUses = new TokenUseWriter(store, logger);
    const local = new LocalHub(() => context.access);
    const joined =
      store.sharedLog &&
      (await joinCluster({
        log: store.sharedLog,
        read: store.read,
        local,
        logins,
        logger,
        nats: options.nats,
        configuredName: options.name,
        hasConfiguredIcon: givenIcon !== undefined,
      }));
    cluster = joined;
    const connection = { ...defaultConnectionLimits, ...options.connection };
    const now = joined ? () => joined.databaseTimeMs() : Date.now;
    files = options.files && (await Files.open(options.files, { store, logger, now }));
    const audit = new AuditLog(store, logger, { ...defaultAuditLimits, ...options.audit }, now);
    const context: OpenContext = {
      settings: {
        defaultPicture,
        defaultPictureHash: pictureHashOf(defaultPicture),
        apiVersion: options.apiVersion,
        hidesUnknownAccounts: (options.hideUnknownAccounts || options.loginRequired) ?? false,
        loginRequired: options.loginRequired ?? defaultServerOptions.loginRequired,
        passwords: { ...defaultPasswordPolicy, ...options.passwords },
        registration: options.registration ?? defaultServerOptions.registration,
        tokenIdleSeconds: (options.tokenIdleDays ?? defaultServerOptions.tokenIdleDays) * 86_400,
        reservedStateKeys: new Set(options.reservedStateKeys),
        limits: { ...defaultLimits, ...options.limits },
        connection,
        proxies: new TrustedProxies(options.proxies),
        quotas: capacity,
      },
      capacity: new Capacity(capacity, connection, now),
      identity: {
        name: options.name ?? stored.name,
        icon: Buffer.from(givenIcon ?? stored.icon).toString("base64"),
      },
      serverId: stored.serverId,
      access: new Access(await store.read.readAccessRules()),
      accounts,
      hub: joined?.hub ?? local,
      states: joined?.states ?? new ChannelStates(),
      invocations: new InvocationTokens(joined?.keys),
      cooldowns: new Cooldowns(),
      store,
      read: store.read,
      audit,
      files,
      longQueries: store.longQueries,
      searches: new Searches(capacity.searchTimeoutMs),
      logins,
      tokenUses,
      replayCache: new ReplayCache(),
      metrics,
      writeBatcher: new WriteBatcher(),
      logger,
      isCurrent: () => !store.hasFailed && (joined?.isCurrent ?? true),
      now,
      cluster: joined,
      close: async () => {
        await Promise.all([tokenUses.close(), audit.close(), files?.close()]);
        await joined?.close();
        local.presence.close();
        await store.close();
      },
    };
    joined?.follow(context, { newestSeq: newest, epoch });
    return context;
  } catch (error) {
    await files?.close();
    await cluster?.close();
    await store.close();
    throw error;
  }
}

/** Loads the cluster on demand, since most servers are a single process. */
async function joinCluster(options: Parameters<typeof Cluster.join>[0]): Promise<Cluster> {
  const { Cluster } = await import("./cluster/cluster.ts");
  return Cluster.join(options);
}

/** A database that is open for administration. */
interface OfflineDatabase {
  readonly administration: Administration;
  /** Starts a new epoch, because the data went back to an earlier state, and records the operation. */
  startEpoch(operation: "restore" | "new_epoch"): Promise<void>;
  close(): Promise<void>;
}

/** Opens a database for administration while no server runs. The database stays locked until `close`. */
export async function openOffline(database: string): Promise<OfflineDatabase> {
  const context = await openContext({ database }, silentLogger);
  const administration = new Administration(context, context.store);
  return {
    administration,
    startEpoch: (operation) =>
      context.store.transact({
        run: async (tx) => {
          await tx.events.startEpoch();
          await tx.audit.add(operatorEntry(operation, context.now()));
        },
        onCommit: () => {},
      }),
    close: () => context.close(),
  };
}
