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
  readonly #states = new Map<number, { readonly bot: number; readonly state: MusicState }>();
  /** Commands by channel, and by bot. */
  readonly #commands = new Map<number, ReadonlyMap<number, BotCommands>>();

  forChannel(channel: number): MusicState | undefined {
    this.signal.track();
    return this.#states.get(channel)?.state;
  }

  /** Returns the commands of the bots in a channel, in the order of the uuids of the bots. */
  commandsIn(channel: number): readonly BotCommands[] {
    this.signal.track();
    return [...(this.#commands.get(channel)?.values() ?? [])].sort((a, b) => a.bot - b.bot);
  }

  /** Returns the commands of the bot that plays music in a channel, or could; undefined without one. */
  musicCommandsIn(channel: number): BotCommands | undefined {
    const playing = this.#states.get(channel)?.bot;
    const all = this.commandsIn(channel);
    const canPlay = ({ commands }: BotCommands): boolean => commands.some(({ name }) => name === "play");
    return all.find(({ bot }) => bot === playing) ?? all.find(canPlay);
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

  #apply(channel: number, key: string, value: unknown, bot: number): MusicState | undefined {
    if (key === commandsKey) {
      const commands = parseCommands(value, bot);
      const all = new Map(this.#commands.get(channel));
      if (commands) all.set(bot, commands);
      else all.delete(bot);
      this.#commands.set(channel, all);
    }
    if (key !== musicKey) return undefined;
    const state = parseMusic(value);
    if (state) this.#states.set(channel, { bot, state });
    else this.#states.delete(channel);
    return state;
  }
}
