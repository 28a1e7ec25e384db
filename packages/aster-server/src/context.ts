import { defaultLimits } from "@asterite/aster-protocol";
import { Access } from "./access.ts";
import { Administration } from "./admin/administration.ts";
import { ensureAdminUser } from "./admin-user.ts";
import { ChannelStates } from "./channel-states.ts";
import type { ConnectionContext } from "./connection.ts";
import { Flusher } from "./flusher.ts";
import { LocalHub } from "./hub.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { defaultLoginLimits, LoginThrottle, systemClock } from "./login-throttle.ts";
import { Metrics } from "./metrics.ts";
import { type AsterServerOptions, defaultServerOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { builtInIcon, builtInPicture, readPng } from "./pictures.ts";
import { defaultConnectionLimits } from "./settings.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";

/** Opens the store and everything that commands work with; the caller closes the store. */
export async function openContext(options: AsterServerOptions, logger: Logger): Promise<ConnectionContext> {
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
  const store = openSqliteStore(options.database, initial, logger, (works, durationMs) =>
    metrics.committed(works, durationMs),
  );
  try {
    if (options.adminUser) {
      await ensureAdminUser(options.adminUser, { store, picture: defaultPicture, logger });
    }
    const stored = await store.read.server.get();
    const loginLimits = { ...defaultLoginLimits, ...options.logins };
    const context: ConnectionContext = {
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
      access: new Access(await store.read.accessFacts()),
      hub: new LocalHub((channel, user) => context.access.mayRead(channel, user)),
      states: new ChannelStates(),
      pace: new Pace(),
      store,
      read: store.read,
      scans: store.scans,
      logins: new LoginThrottle(loginLimits, systemClock, () => {
        metrics.loginsThrottled++;
      }),
      metrics,
      flusher: new Flusher(),
      logger,
      now: Date.now,
    };
    return context;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens a database for administration while no server runs. It stays locked until it is closed. */
export async function openOffline(
  database: string,
): Promise<{ administration: Administration; close: () => Promise<void> }> {
  const context = await openContext({ database }, silentLogger);
  const administration = new Administration(context, context.store);
  return { administration, close: () => context.store.close() };
}
