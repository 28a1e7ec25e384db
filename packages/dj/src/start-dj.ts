import { setTimeout as sleep } from "node:timers/promises";
import { AsterError, Client, extensionNames, type Server } from "@asterite/aster";
import { backoffDelayMs, type Logger, silentLogger } from "@asterite/util";
import { createBot } from "./bot.ts";
import { ChannelPlayers } from "./channel/channel-players.ts";
import { SnapshotStore } from "./channel/snapshot-store.ts";
import { addCommands } from "./commands/index.ts";
import { DjError } from "./errors.ts";
import { AudioNodes } from "./nodes/audio-nodes.ts";
import { NodeFinder } from "./nodes/discovery/node-finder.ts";
import { type DjOptions, type DjSettings, readDjOptions } from "./options.ts";
import { PlaylistStore } from "./playlists/playlist-store.ts";
import { CommandsPublisher } from "./publishing/commands-publisher.ts";

/** Running bot. */
export interface Dj extends AsyncDisposable {
  /** Uuid of its account, which is its user id on the nodes. */
  readonly userUuid: number;
  /** Resolves after {@link close}; rejects when the server rejects the bot for good. */
  readonly closed: Promise<void>;
  /**
   * Saves all queues, leaves the server and disconnects from the nodes, which play their tracks to the end.
   */
  close(): Promise<void>;
}

/** Delays between attempts to reach the chat server. */
const connectBackoff = { firstMs: 1_000, maxMs: 15_000 };

/** Returns whether an error may be temporary: the server is starting, or the network is down. */
const isTemporary = (error: unknown): boolean =>
  error instanceof AsterError && ["CONNECT_FAILED", "CONNECTION_LOST", "TIMED_OUT"].includes(error.code);

const toServerRefused = (error: unknown): DjError => {
  const text = error instanceof Error ? error.message : String(error);
  return new DjError("SERVER_REFUSED", text, { cause: error });
};

interface Connection {
  readonly client: Client;
  readonly server: Server;
}

/** Connects to the chat server; retries for as long as it cannot be reached. */
async function connect(settings: DjSettings, logger: Logger): Promise<Connection> {
  const { account, server: address, signal } = settings;
  for (let attempt = 1; ; attempt++) {
    const client = new Client(account);
    const server = client.addServer(address.host, address.port, {
      registerIfMissing: true,
      bot: true,
      // Without the pictures of all accounts.
      extensions: extensionNames,
      ...(address.tls !== undefined && { tls: address.tls }),
      ...(address.framing !== undefined && { framing: address.framing }),
    });
    try {
      await client.connect(signal ? { signal } : {});
      return { client, server };
    } catch (error) {
      client.closed.catch(() => {});
      await client.disconnect();
      signal?.throwIfAborted();
      if (!isTemporary(error)) throw toServerRefused(error);
      logger.warn({ error: String(error) }, "chat server unreachable: retrying");
      await sleep(backoffDelayMs(attempt, connectBackoff), undefined, signal ? { signal } : {});
    }
  }
}

/** Requests the groups from servers that do not send them on their own because they lack the extension. */
async function loadGroups(server: Server, logger: Logger): Promise<void> {
  if (server.groups.length > 0) return;
  await server.listGroups().catch((error: unknown) => {
    logger.warn({ error: String(error) }, "could not load groups: no user counts as a member of one");
  });
}

/**
 * Starts the music bot. Resolves when it has joined the chat and resumed its saved queues. While the chat server cannot
 * be reached, it tries again until the signal aborts: a service may start before the server.
 *
 * @throws DjError whose message tells the operator the reason; the signal's reason.
 */
export async function startDj(options: DjOptions): Promise<Dj> {
  const settings = readDjOptions(options);
  const logger = settings.logger ?? silentLogger;
  const store = await SnapshotStore.open(settings.folder, logger);
  const snapshots = await store.load();
  const playlists = await PlaylistStore.open(settings.folder, logger);
  const savedCount = snapshots.size;
  const { client, server } = await connect(settings, logger);
  const userUuid = server.selfUuid ?? 0;
  const { discovery } = settings;
  const nodes = new AudioNodes({
    nodes: settings.nodes,
    password: discovery?.password ?? null,
    userId: String(BigInt.asUintN(64, BigInt(userUuid))),
    logger,
  });
  const finder = discovery && new NodeFinder(discovery, nodes, logger);
  const bot = createBot(client, settings, logger);
  const services = { nodes, store, playlists, bot, settings, logger };
  const players = new ChannelPlayers(services, snapshots);
  addCommands(bot, players, services);

  const commands = new CommandsPublisher({
    prefix: settings.prefix,
    commands: bot.describeCommands(),
    nodes,
    ttlSeconds: settings.listenSeconds,
    logger,
  });
  client.on("channels", (channels) => {
    players.updateChannels(channels);
    commands.publish(channels);
  });
  client.on("ready", () => {
    void loadGroups(server, logger);
    players.updateChannels(server.channels);
    players.republish();
    commands.republish(server.channels);
  });
  client.on("status", (status, _server, error) => {
    if (status === "waiting") logger.warn({ error: String(error) }, "connection to the chat server lost");
  });
  client.on("error", (error) => logger.error({ error: String(error) }, "chat client error"));
  await loadGroups(server, logger);
  players.updateChannels(server.channels);
  commands.publish(server.channels);
  logger.info({ server: server.name, user: userUuid, savedQueues: savedCount }, "joined the chat server");

  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    commands.close();
    await bot.close();
    await players.close();
    await client.disconnect();
    await finder?.close();
    await nodes.close();
  };
  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  // When the server rejects the bot, everything else has to be closed as well.
  const closed = client.closed.then(close, async (error: unknown) => {
    await close();
    throw toServerRefused(error);
  });
  closed.catch(() => {});
  return { userUuid, closed, close, [Symbol.asyncDispose]: close };
}
