import type { Channel } from "@asterite/aster";
import type { CommandDescription } from "@asterite/commands";
import { type Logger, Semaphore } from "@asterite/util";
import { guildIdOf } from "../channel/guild-id.ts";
import type { AudioNodes } from "../nodes/audio-nodes.ts";
import { RenewedLink } from "./renewed-link.ts";

/** Key of the channel state that holds the commands of a bot. */
const commandsKey = "commands";

/** Maximum number of channels in which the commands are published; further ones have no completion. */
const maxChannels = 100;
/** Maximum number of concurrent requests for links: all of them are due when a node connects. */
const maxRequests = 4;

/** Options of {@link CommandsPublisher}. */
export interface CommandsPublisherOptions {
  readonly prefix: string;
  readonly commands: readonly CommandDescription[];
  readonly nodes: Pick<AudioNodes, "createLibraryUrl" | "onAnyConnect">;
  /** Lifetime of links to the music library. */
  readonly ttlSeconds: number;
  readonly logger: Logger;
}

/**
 * Publishes the commands in all channels in which the bot can send, once per connection to the server, and with them a
 * link to the music library, which is replaced before it expires.
 */
export class CommandsPublisher {
  readonly #options: CommandsPublisherOptions;
  /** Links to the music library by the uuids of the channels in which the commands are published. */
  readonly #libraries = new Map<number, RenewedLink>();
  readonly #requests = new Semaphore(maxRequests);
  readonly #closing = new AbortController();

  constructor(options: CommandsPublisherOptions) {
    this.#options = options;
    // The node may have new keys.
    options.nodes.onAnyConnect(() => {
      for (const library of this.#libraries.values()) library.refresh();
    }, this.#closing.signal);
  }

  /** Publishes in channels that are new, and ends with those that are gone. */
  publish(channels: readonly Channel[]): void {
    const uuids = new Set(channels.map(({ uuid }) => uuid));
    for (const [uuid, library] of this.#libraries) {
      if (uuids.has(uuid)) continue;
      this.#libraries.delete(uuid);
      library.drop();
    }
    for (const channel of channels) {
      if (!canPublish(channel) || this.#libraries.size >= maxChannels) return;
      if (!this.#libraries.has(channel.uuid)) this.#add(channel);
    }
  }

  /** Publishes again on a new connection, for which the server has no state. */
  republish(channels: readonly Channel[]): void {
    this.#clear();
    this.publish(channels);
  }

  /** Stops publishing. */
  close(): void {
    this.#closing.abort();
    this.#clear();
  }

  #clear(): void {
    const libraries = [...this.#libraries.values()];
    this.#libraries.clear();
    for (const library of libraries) library.drop();
  }

  #add(channel: Channel): void {
    const { nodes, ttlSeconds, logger } = this.#options;
    const library = new RenewedLink(
      (guildId, seconds, signal) =>
        this.#requests.run(() => nodes.createLibraryUrl(guildId, seconds, signal), signal),
      guildIdOf(channel.uuid),
      ttlSeconds,
      () => this.#send(channel),
      logger,
    );
    this.#libraries.set(channel.uuid, library);
    this.#send(channel);
    library.refresh();
  }

  #send(channel: Channel): void {
    const library = this.#libraries.get(channel.uuid);
    if (!library || !canPublish(channel)) return;
    const { prefix, commands, logger } = this.#options;
    const invoke = channel.server.extensions.has("invoke");
    channel
      .setState(commandsKey, { v: 1, prefix, commands, library: library.url, invoke })
      .catch((error: unknown) => {
        logger.debug({ channel: channel.uuid, error: String(error) }, "could not publish the commands");
      });
  }
}

function canPublish({ server: { status, extensions } }: Channel): boolean {
  return status === "ready" && extensions.has("state");
}
