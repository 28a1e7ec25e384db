import { type Logger, silentLogger } from "@asterite/util";
import { Announcer } from "./announcing/announcer.ts";
import { Api, type ApiDependencies } from "./api/api.ts";
import { listen } from "./api/server.ts";
import type { AndesiteNodeOptions, NodeSettings } from "./options.ts";
import { completeOptions, listenAddress } from "./read-options.ts";

/** A running audio node. */
export interface AndesiteNode extends AsyncDisposable {
  /** The address in use. */
  readonly host: string;
  /** The port in use. */
  readonly port: number;
  /** Names of the sources that are on. */
  readonly enabledSources: readonly string[];
  /**
   * Where the node announces itself: asks bots to move their players to other nodes, and resolves when none is left or
   * `announcing.drainMs` are over. Otherwise it resolves at once.
   *
   * @param signal - Ends the waiting.
   */
  drain(signal?: AbortSignal): Promise<void>;
  /**
   * Accepts nothing more, says good-bye to WebSockets, ends all players and what is being loaded. Connections
   * that do not end within `graceMs` (default 3000) are cut.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** What does the work of a node behind its network face. */
export interface NodeServices extends Omit<ApiDependencies, "settings" | "logger"> {
  /** Ends players, loading and listeners; nothing is left running. */
  close(): Promise<void>;
}

const defaultGraceMs = 3_000;

/**
 * Starts a node from its parts and resolves when it accepts connections. The parts belong to it from then on,
 * also where it fails.
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
  const api = new Api({ ...services, settings, logger });
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

/** Null where the node is not to be found by others. */
function startAnnouncer(
  settings: NodeSettings,
  { host, port }: { readonly host: string; readonly port: number },
  { players }: NodeServices,
  logger: Logger,
): Announcer | null {
  const { password, announcing } = settings;
  if (announcing.nats === null || password === null) return null;
  const countPlayers = (): number => players.counts().total;
  return new Announcer({ settings, nats: announcing.nats, password, host, port, countPlayers, logger });
}
