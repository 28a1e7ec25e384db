import { setTimeout as sleep } from "node:timers/promises";
import { AsterError, Client, type Server } from "@asterite/aster";
import { type Logger, silentLogger } from "@asterite/util";
import { Bot } from "./bot.ts";
import { ChannelPlayers } from "./channel/channel-players.ts";
import { ReplySender } from "./channel/reply-sender.ts";
import { SnapshotStore } from "./channel/snapshot-store.ts";
import { DjError } from "./errors.ts";
import { AudioNodes } from "./nodes/audio-nodes.ts";
import { NodeFinder } from "./nodes/discovery/node-finder.ts";
import { type DjOptions, type DjSettings, readDjOptions } from "./options.ts";

/** A bot that runs. */
export interface Dj extends AsyncDisposable {
  /** Uuid of its account, which is its user id on the nodes. */
  readonly userUuid: number;
  /** Resolves after {@link close}; rejects when the server lets the bot in no more. */
  readonly closed: Promise<void>;
  /** Writes down where each room is, leaves the server and lets go of the nodes, which play their tracks to the end. */
  close(): Promise<void>;
}

/** Waits between attempts to reach a server that is not there yet, in ms: the first, and the longest. */
const firstRetryMs = 1_000;
const longestRetryMs = 15_000;

/** What may pass by itself: the server is starting, or the network is away. */
const mayPass = (error: unknown): boolean =>
  error instanceof AsterError && ["CONNECT_FAILED", "CONNECTION_LOST", "TIMED_OUT"].includes(error.code);

interface Connection {
  readonly client: Client;
  readonly server: Server;
}

/** Connects, and waits as long as it takes for a server that cannot be reached. */
async function connect(settings: DjSettings, logger: Logger): Promise<Connection> {
  const { account, server: place, signal } = settings;
  for (let attempt = 0; ; attempt++) {
    const client = new Client(account);
    const server = client.addServer(place.host, place.port, {
      registerIfMissing: true,
      ...(place.tls !== undefined && { tls: place.tls }),
      ...(place.framing !== undefined && { framing: place.framing }),
    });
    try {
      await client.connect(signal ? { signal } : {});
      return { client, server };
    } catch (error) {
      client.closed.catch(() => {});
      await client.disconnect();
      signal?.throwIfAborted();
      if (!mayPass(error)) {
        const text = error instanceof Error ? error.message : String(error);
        throw new DjError("SERVER_REFUSED", text, { cause: error });
      }
      logger.warn({ error: String(error) }, "the chat server cannot be reached, I keep trying");
      await sleep(Math.min(firstRetryMs * 2 ** attempt, longestRetryMs), undefined, signal ? { signal } : {});
    }
  }
}

/** What the bot needs to know of a server once it is there. */
async function learn(server: Server, logger: Logger): Promise<void> {
  if (server.groups.length > 0) return;
  // Servers without the extension do not tell by themselves.
  await server.listGroups().catch((error: unknown) => {
    logger.warn({ error: String(error) }, "the groups are not known, so nobody is in one");
  });
}

/**
 * Starts the music bot; resolves when it is in the chat and goes on with what it played before.
 *
 * @throws DjError whose message tells the operator what is wrong; the signal's reason.
 */
export async function startDj(options: DjOptions): Promise<Dj> {
  const settings = readDjOptions(options);
  const logger = settings.logger ?? silentLogger;
  const store = await SnapshotStore.open(settings.folder, logger);
  const stored = await store.load();
  const { client, server } = await connect(settings, logger);
  const userUuid = server.selfUuid ?? 0;
  const closing = new AbortController();
  const { discovery } = settings;
  const nodes = new AudioNodes({
    nodes: settings.nodes,
    password: discovery?.password ?? null,
    userId: String(BigInt.asUintN(64, BigInt(userUuid))),
    logger,
  });
  const finder = discovery && new NodeFinder(discovery, nodes, logger);
  const speaker = new ReplySender(settings.answerRate, logger);
  const services = { nodes, store, speaker, settings, logger };
  const rooms = new ChannelPlayers(services, stored);
  const bot = new Bot(server, rooms, services, closing.signal);

  client.on("message", (message) => bot.take(message));
  client.on("channels", (channels) => rooms.updateChannels(channels));
  client.on("ready", () => {
    void learn(server, logger);
    rooms.updateChannels(server.channels);
    rooms.republish();
  });
  client.on("status", (status, _server, error) => {
    if (status === "waiting") logger.warn({ error: String(error) }, "the connection to the chat was lost");
  });
  client.on("error", (error) => logger.error({ error: String(error) }, "the chat reported an error"));
  await learn(server, logger);
  rooms.updateChannels(server.channels);
  logger.info({ server: server.name, user: userUuid, rooms: stored.size }, "listening");

  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    closing.abort();
    await rooms.close();
    await client.disconnect();
    await finder?.close();
    await nodes.close();
  };
  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  // Also when the server throws the bot out: then everything else has to end as well.
  const closed = client.closed.then(close, async (error: unknown) => {
    await close();
    const text = error instanceof Error ? error.message : String(error);
    throw new DjError("SERVER_REFUSED", text, { cause: error });
  });
  closed.catch(() => {});
  return { userUuid, closed, close, [Symbol.asyncDispose]: close };
}
