import type { Reason } from "@asterite/aster-protocol";

/** A value that a client publishes in a channel for as long as it is connected. */
export interface ChannelState {
  readonly channel: number;
  readonly key: string;
  readonly value: unknown;
  readonly author_uuid: number;
}

/** Table of published channel states. */
export interface ChannelStateTable {
  /**
   * Sets or clears (`null`) a key. Returns the reason if another connection holds the key or a limit is
   * reached.
   */
  set(state: ChannelState, writer: number): Reason | undefined;
  /** Returns the states of a channel. */
  list(channel: number): ChannelState[];
  /** Removes the states of a connection and returns them. */
  removeByWriter(writer: number): ChannelState[];
}

interface Entry {
  readonly state: ChannelState;
  readonly writer: number;
}

/** Limits of keys in one channel, and of one connection in all channels. */
const maxKeysPerChannel = 32;
const maxKeysPerWriter = 64;

/** In-memory table of channel states: a state ends with the connection that wrote it. */
export class ChannelStates implements ChannelStateTable {
  readonly #channels = new Map<number, Map<string, Entry>>();

  set(state: ChannelState, writer: number): Reason | undefined {
    const entries = this.#channels.get(state.channel) ?? new Map<string, Entry>();
    const held = entries.get(state.key);
    if (held && held.writer !== writer) return "taken:key";
    if (state.value === null) {
      entries.delete(state.key);
      if (entries.size === 0) this.#channels.delete(state.channel);
      return undefined;
    }
    if (!held && entries.size >= maxKeysPerChannel) return `quota:channel_keys:${maxKeysPerChannel}`;
    if (!held && this.#countKeysOf(writer) >= maxKeysPerWriter) return `quota:keys:${maxKeysPerWriter}`;
    entries.set(state.key, { state, writer });
    this.#channels.set(state.channel, entries);
    return undefined;
  }

  list(channel: number): ChannelState[] {
    return [...(this.#channels.get(channel)?.values() ?? [])].map(({ state }) => state);
  }

  removeByWriter(writer: number): ChannelState[] {
    const removed: ChannelState[] = [];
    for (const [channel, entries] of this.#channels) {
      for (const [key, { state, writer: holder }] of entries) {
        if (holder !== writer) continue;
        entries.delete(key);
        removed.push(state);
      }
      if (entries.size === 0) this.#channels.delete(channel);
    }
    return removed;
  }

  #countKeysOf(writer: number): number {
    let held = 0;
    for (const entries of this.#channels.values()) {
      for (const entry of entries.values()) if (entry.writer === writer) held++;
    }
    return held;
  }
}
