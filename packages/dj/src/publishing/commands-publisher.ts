import type { Channel } from "@asterite/aster";
import type { CommandDescription } from "@asterite/commands";
import type { Logger } from "@asterite/util";
import { guildIdOf } from "../channel/guild-id.ts";
import type { AudioNodes } from "../nodes/audio-nodes.ts";
import { RenewedLink } from "./renewed-link.ts";

/** Key of the channel state that holds the commands of a bot. */
const commandsKey = "commands";

/** Maximum number of channels in which the commands are published; further ones have no completion. */
const maxChannels = 100;
interface PublishedChannel {
  readonly channel: Channel;
  readonly library: RenewedLink;
}

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
  readonly #published = new Map<number, PublishedChannel>();
  readonly #closing = new AbortController();

  constructor(options: CommandsPublisherOptions) {
    this.#options = options;
    // The node may have new keys.
    options.nodes.onAnyConnect(() => {
      for (const { library } of this.#published.values()) library.refresh();
    }, this.#closing.signal);
  }

  /** Publishes in channels that are new, and ends with those that are gone. */
  publish(channels: readonly Channel[]): void {
    const uuids = new Set(channels.map(({ uuid }) => uuid));
    for (const [uuid, { library }] of this.#published) {
      if (uuids.has(uuid)) continue;
      this.#published.delete(uuid);
      library.drop();
    }
    for (const channel of channels) {
      if (!canPublish(channel) || this.#published.size >= maxChannels) return;
      if (!this.#published.has(channel.uuid)) this.#add(channel);
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
    const published = [...this.#published.values()];
    this.#published.clear();
    for (const { library } of published) library.drop();
  }

  #add(channel: Channel): void {
    const { nodes, ttlSeconds, logger } = this.#options;
    const library = new RenewedLink(
      (...parameters) => nodes.createLibraryUrl(...parameters),
      guildIdOf(channel.uuid),
      ttlSeconds,
      () => this.#send(channel),
      logger,
    );
    this.#published.set(channel.uuid, { channel, library });
    this.#send(channel);
    library.refresh();
  }

  #send(channel: Channel): void {
    const published = this.#published.get(channel.uuid);
    if (!published || !canPublish(channel)) return;
    const { prefix, commands, logger } = this.#options;
    const invoke = channel.server.extensions.has("invoke");
    channel
      .setState(commandsKey, { v: 1, prefix, commands, library: published.library.url, invoke })
      .catch((error: unknown) => {
        logger.debug({ channel: channel.uuid, error: String(error) }, "could not publish the commands");
      });
  }
}

function canPublish({ server: { status, extensions } }: Channel): boolean {
  return status === "ready" && extensions.has("state");
}
