import { type Logger, silentLogger } from "@asterite/util";
import type { AndesiteNode } from "./andesite-node.ts";
import { Announcer } from "./announcing/announcer.ts";
import { Api, type ApiDependencies } from "./api/api.ts";
import { SessionKeeper } from "./api/lavalink4/session-keeper.ts";
import { listen } from "./api/server.ts";
import type { AndesiteNodeOptions, NodeSettings } from "./options.ts";
import { completeOptions, listenAddress } from "./read-options.ts";

/** Services of a node behind its HTTP API. */
export interface NodeServices extends Omit<ApiDependencies, "settings" | "logger" | "keeper"> {
  /** Ends players, loading and streams; leaves nothing running. */
  close(): Promise<void>;
}

const defaultGraceMs = 3_000;

/**
 * Starts a node from its services and resolves when it accepts connections. Takes ownership of the services,
 * and closes them if the start fails.
 *
 * @throws NodeError `INVALID_OPTION` or `CANNOT_LISTEN`.
 */
export async function startNode(
  options: AndesiteNodeOptions,
  createServices: (settings: NodeSettings, logger: Logger) => NodeServices | Promise<NodeServices>,
): Promise<AndesiteNode> {
  const settings = completeOptions(options);
  const logger = options.logger ?? silentLogger;
  const host = listenAddress(settings);
  const { keepFile } = settings.playing;
  const keeper = keepFile === null ? undefined : await SessionKeeper.open(keepFile, logger);
  let services: NodeServices;
  try {
    services = await createServices(settings, logger);
  } catch (error) {
    keeper?.release();
    throw error;
  }
  const api = new Api({ ...services, settings, logger, keeper });
  try {
    const listener = await listen(api, host, settings.http, logger);
    const announcer = startAnnouncer(settings, listener, services, logger);
    let closing: Promise<void> | undefined;
    const close = async (graceMs: number): Promise<void> => {
      await announcer?.close();
      const closed = listener.close(graceMs);
      await api.close(graceMs);
      await services.close();
      await closed;
    };
    return {
      host: listener.host,
      port: listener.port,
      enabledSources: services.loader.enabledSources,
      drain: async (signal) => announcer?.drain(signal),
      close: ({ graceMs = defaultGraceMs } = {}) => (closing ??= close(graceMs)),
      [Symbol.asyncDispose]: () => (closing ??= close(defaultGraceMs)),
    };
  } catch (error) {
    await api.close(0);
    await services.close();
    throw error;
  }
}

/** Starts announcing the node to bots. Returns undefined if this is not configured. */
function startAnnouncer(
  settings: NodeSettings,
  { host, port }: { readonly host: string; readonly port: number },
  { census }: NodeServices,
  logger: Logger,
): Announcer | undefined {
  const { password, announcing } = settings;
  if (announcing.nats === null || password === null) return undefined;
  const countPlayers = (): number => census.counts().total;
  return new Announcer({ settings, nats: announcing.nats, password, host, port, countPlayers, logger });
}
