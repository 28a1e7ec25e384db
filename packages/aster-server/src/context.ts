import { defaultLimits } from "@asterite/aster-protocol";
import { Cooldowns, type Logger, silentLogger } from "@asterite/util";
import { Access } from "./access.ts";
import { ensureAdminUser } from "./admin/admin-user.ts";
import { Administration } from "./admin/administration.ts";
import { defaultLoginLimits, LoginThrottle, systemClock } from "./auth/login-throttle.ts";
import { TokenUses } from "./auth/token-uses.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { CatchUps } from "./commands/replay-cache.ts";
import type { ConnectionContext } from "./connection/connection.ts";
import { Flusher } from "./connection/write-batcher.ts";
import { ChannelStates } from "./hub/channel-states.ts";
import { LocalHub } from "./hub/hub.ts";
import { Metrics } from "./metrics.ts";
import { type AsterServerOptions, defaultServerOptions } from "./options.ts";
import { builtInIcon, builtInPicture, readPng } from "./pictures/pictures.ts";
import { defaultConnectionLimits } from "./settings.ts";
import { openStore } from "./store/open-store.ts";

/** What commands work with, and how it is let go of. */
export interface OpenContext extends ConnectionContext {
  /** Present where other processes may serve the same database. */
  readonly cluster: Cluster | undefined;
  /** Takes leave of the other processes, finishes what was begun and closes the store. */
  close(): Promise<void>;
}

/** Opens the store and everything that commands work with. */
export async function openContext(options: AsterServerOptions, logger: Logger): Promise<OpenContext> {
  const givenIcon = options.iconFile === undefined ? undefined : await readPng(options.iconFile);
  const picture =
    options.defaultPictureFile === undefined
      ? await builtInPicture()
      : await readPng(options.defaultPictureFile);
  const defaultPicture = picture.toString("base64");
  const metrics = new Metrics();
  const initial = {
    name: options.name ?? defaultServerOptions.name,
    icon: givenIcon ?? (await builtInIcon()),
  };
  const store = await openStore(options.database, initial, logger, (works, durationMs) =>
    metrics.committed(works, durationMs),
  );
  let cluster: Cluster | undefined;
  try {
    if (options.adminUser) {
      await ensureAdminUser(options.adminUser, { store, picture: defaultPicture, logger });
    }
    // Before everything else is read, so that nothing is read from before it and never told.
    const newest = await store.read.events.newestSeq();
    const stored = await store.read.server.get();
    const loginLimits = { ...defaultLoginLimits, ...options.logins };
    const logins = new LoginThrottle(loginLimits, systemClock, () => {
      metrics.loginsThrottled++;
    });
    const tokenUses = new TokenUses(store, logger);
    const local = new LocalHub(() => context.access);
    const joined =
      store.sharedLog &&
      (await joinCluster({
        log: store.sharedLog,
        read: store.read,
        ...{ local, logins, logger },
        nats: options.nats,
        configuredName: options.name,
        hasConfiguredIcon: givenIcon !== undefined,
      }));
    cluster = joined;
    const context: OpenContext = {
      settings: {
        defaultPicture,
        apiVersion: options.apiVersion ?? defaultServerOptions.apiVersion,
        limits: { ...defaultLimits, ...options.limits },
        connection: { ...defaultConnectionLimits, ...options.connection },
      },
      identity: {
        name: options.name ?? stored.name,
        icon: Buffer.from(givenIcon ?? stored.icon).toString("base64"),
      },
      access: new Access(await store.read.readAccessRules()),
      hub: joined?.hub ?? local,
      states: joined?.states ?? new ChannelStates(),
      pace: new Cooldowns(),
      store,
      read: store.read,
      scans: store.longQueries,
      logins,
      tokenUses,
      catchUps: new CatchUps(),
      metrics,
      flusher: new Flusher(),
      logger,
      isCurrent: () => joined?.isCurrent ?? true,
      now: joined ? () => joined.databaseTimeMs() : Date.now,
      cluster: joined,
      close: async () => {
        await tokenUses.close();
        await joined?.close();
        local.presence.close();
        await store.close();
      },
    };
    joined?.follow(context, newest);
    return context;
  } catch (error) {
    await cluster?.close();
    await store.close();
    throw error;
  }
}

/** Loaded only where there are others: most servers do without. */
async function joinCluster(options: ConstructorParameters<typeof Cluster>[0]): Promise<Cluster> {
  const { Cluster } = await import("./cluster/cluster.ts");
  return new Cluster(options);
}

/** Opens a database for administration while no server runs. It stays locked until it is closed. */
export async function openOffline(
  database: string,
): Promise<{ administration: Administration; close: () => Promise<void> }> {
  const context = await openContext({ database }, silentLogger);
  const administration = new Administration(context, context.store);
  return { administration, close: () => context.close() };
}
