import type { Channel } from "@asterite/aster";
import type { CommandDescription } from "@asterite/commands";
import type { Logger } from "@asterite/util";

/** Key of the channel state that holds the commands of a bot. */
const commandsKey = "commands";

/** Maximum number of channels in which the commands are published; further ones have no completion. */
const maxChannels = 100;

/** Publishes the commands in all channels in which the bot can send, once per connection to the server. */
export class CommandsPublisher {
  readonly #state: object;
  readonly #logger: Logger;
  readonly #published = new Set<number>();

  constructor(prefix: string, commands: readonly CommandDescription[], logger: Logger) {
    this.#state = { v: 1, prefix, commands };
    this.#logger = logger;
  }

  /** Publishes again on a new connection, for which the server has no state. */
  republish(channels: readonly Channel[]): void {
    this.#published.clear();
    this.publish(channels);
  }

  /** Publishes in channels that are new. */
  publish(channels: readonly Channel[]): void {
    for (const channel of channels) {
      const { status, extensions } = channel.server;
      if (status !== "ready" || !extensions.has("state")) return;
      if (this.#published.size >= maxChannels || this.#published.has(channel.uuid)) continue;
      this.#published.add(channel.uuid);
      channel.setState(commandsKey, this.#state).catch((error: unknown) => {
        this.#logger.debug({ channel: channel.uuid, error: String(error) }, "could not publish the commands");
      });
    }
  }
}
