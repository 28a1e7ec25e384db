import type { Server } from "@asterite/aster";
import { Signal } from "../lib/signal.ts";
import { type BotCommands, commandsKey, parseCommands } from "../music/bot-commands.ts";
import { ClockOffset } from "../music/clock-offset.ts";
import { type MusicState, musicKey, parseMusic } from "../music/music-state.ts";

/** Channels whose state is fetched after connecting. */
const maxFetchedChannels = 50;

/** Music states and commands that bots publish in the channels of one server. */
export class ChannelMusic {
  readonly signal = new Signal();
  /** Offset of the publishing bot's clock. */
  readonly clock = new ClockOffset();
  readonly #states = new Map<number, MusicState>();
  readonly #commands = new Map<number, BotCommands>();

  forChannel(channel: number): MusicState | undefined {
    this.signal.track();
    return this.#states.get(channel);
  }

  /** Returns the commands of the bot in a channel; undefined without one. */
  commandsIn(channel: number): BotCommands | undefined {
    this.signal.track();
    return this.#commands.get(channel);
  }

  /** Handles a live `channelState` event. Keys other than `music` and `commands` are ignored. */
  handleState(channel: number, key: string, value: unknown, author: number): void {
    const state = this.#apply(channel, key, value, author);
    if (state) this.clock.observe(state.player.at, Date.now());
    this.signal.notify();
  }

  /** Fetches the published states after a connection has been established. */
  async load(server: Server): Promise<void> {
    this.#states.clear();
    this.#commands.clear();
    const channels = server.extensions.has("state") ? server.channels.slice(0, maxFetchedChannels) : [];
    await Promise.allSettled(
      channels.map(async (channel) => {
        for (const { key, value, authorUuid } of await channel.fetchState()) {
          this.#apply(channel.uuid, key, value, authorUuid);
        }
      }),
    );
    this.signal.notify();
  }

  #apply(channel: number, key: string, value: unknown, author: number): MusicState | undefined {
    if (key === commandsKey) {
      const commands = parseCommands(value, author);
      if (commands) this.#commands.set(channel, commands);
      else this.#commands.delete(channel);
    }
    if (key !== musicKey) return undefined;
    const state = parseMusic(value);
    if (state) this.#states.set(channel, state);
    else this.#states.delete(channel);
    return state;
  }
}
