import { type Logger, silentLogger } from "@asterite/util";
import { Announcer } from "./announcing/announcer.ts";
import { Api, type ApiDependencies } from "./api/api.ts";
import { SessionKeeper } from "./api/lavalink4/session-keeper.ts";
import { listen } from "./api/server.ts";
import type { AndesiteNodeOptions, NodeSettings } from "./options.ts";
import { completeOptions, listenAddress } from "./read-options.ts";

/** A running audio node. */
export interface AndesiteNode extends AsyncDisposable {
  /** Address it listens on. */
  readonly host: string;
  /** Port it listens on. */
  readonly port: number;
  /** Names of the enabled sources. */
  readonly enabledSources: readonly string[];
  /**
   * If the node announces itself: requests that bots move their players to other nodes, and resolves when no
   * player is left or `announcing.drainMs` has elapsed. Otherwise resolves immediately.
   *
   * @param signal - Stops waiting.
   */
  drain(signal?: AbortSignal): Promise<void>;
  /**
   * Stops accepting connections, closes WebSockets, ends all players and pending loads. Terminates
   * connections that have not closed within `graceMs` (default 3000).
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

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
  const services = await createServices(settings, logger);
  const { keepFile } = settings.playing;
  const keeper = keepFile === null ? undefined : await SessionKeeper.read(keepFile, logger);
  const api = new Api({ ...services, settings, logger, keeper });
  try {
    const listener = await listen(api, host, settings.http, logger);
    const announcer = startAnnouncer(settings, listener, services, logger);
    const close = async ({ graceMs = defaultGraceMs }: { readonly graceMs?: number } = {}): Promise<void> => {
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
      close,
      [Symbol.asyncDispose]: () => close(),
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
