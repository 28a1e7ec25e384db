import type { Server } from "@asterite/aster";
import { Topic } from "../lib/signal.ts";
import { ClockOffset } from "../music/clock-offset.ts";
import { type MusicState, musicKey, parseMusic } from "../music/music-state.ts";

/** Channels that are asked what is played in them. */
const mostAsked = 50;

/** What is played in the channels of one server. */
export class ChannelMusic {
  readonly topic = new Topic();
  /** The clock of whoever publishes it. */
  readonly clock = new ClockOffset();
  readonly #states = new Map<number, MusicState>();

  in(channel: number): MusicState | undefined {
    this.topic.follow();
    return this.#states.get(channel);
  }

  /** Something was published in a channel just now; only what is music matters here. */
  published(channel: number, key: string, value: unknown): void {
    const state = this.#learn(channel, key, value);
    if (state) this.clock.observe(state.player.at, Date.now());
    this.topic.changed();
  }

  /** Asks what is published, after the connection has been made. */
  async load(server: Server): Promise<void> {
    this.#states.clear();
    const channels = server.extensions.has("state") ? server.channels.slice(0, mostAsked) : [];
    await Promise.allSettled(
      channels.map(async (channel) => {
        for (const { key, value } of await channel.fetchState()) this.#learn(channel.uuid, key, value);
      }),
    );
    this.topic.changed();
  }

  #learn(channel: number, key: string, value: unknown): MusicState | undefined {
    if (key !== musicKey) return undefined;
    const state = parseMusic(value);
    if (state) this.#states.set(channel, state);
    else this.#states.delete(channel);
    return state;
  }
}
