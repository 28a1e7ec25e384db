import { type Logger, silentLogger } from "@asterite/util";
import { Announcer } from "./announcing/announcer.ts";
import { Api, type ApiParts } from "./api/api.ts";
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
export interface NodeParts extends Omit<ApiParts, "settings" | "logger"> {
  /** Ends players, loading and listeners; nothing is left running. */
  close(): Promise<void>;
}

const defaultGraceMs = 3_000;

/**
 * Starts a node from its parts and resolves when it accepts connections. The parts belong to it from then on,
 * also where it fails.
 *
 * @throws NodeError `bad-option` or `cannot-listen`.
 */
export async function startNode(
  options: AndesiteNodeOptions,
  makeParts: (settings: NodeSettings, logger: Logger) => NodeParts | Promise<NodeParts>,
): Promise<AndesiteNode> {
  const settings = completeOptions(options);
  const logger = options.logger ?? silentLogger;
  const host = listenAddress(settings);
  const parts = await makeParts(settings, logger);
  const api = new Api({ ...parts, settings, logger });
  try {
    const port = await listen(api, host, settings.http, logger);
    const announcer = announce(settings, port, parts, logger);
    const close = async ({ graceMs = defaultGraceMs }: { readonly graceMs?: number } = {}): Promise<void> => {
      await announcer?.close();
      const closed = port.close(graceMs);
      await api.close(graceMs);
      await parts.close();
      await closed;
    };
    return {
      host: port.host,
      port: port.port,
      enabledSources: parts.loader.enabledSources,
      drain: async (signal) => announcer?.drain(signal),
      close,
      [Symbol.asyncDispose]: () => close(),
    };
  } catch (error) {
    await api.close(0);
    await parts.close();
    throw error;
  }
}

/** Null where the node is not to be found by others. */
function announce(
  settings: NodeSettings,
  { host, port }: { readonly host: string; readonly port: number },
  { players }: NodeParts,
  logger: Logger,
): Announcer | null {
  const { password, announcing } = settings;
  if (announcing.nats === null || password === null) return null;
  const count = (): number => players.counts().total;
  return new Announcer({ settings, nats: announcing.nats, password, host, port, players: count, logger });
}
