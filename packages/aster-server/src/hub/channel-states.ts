/** A value that a client publishes in a channel while it is connected. */
export interface ChannelState {
  readonly channel: number;
  readonly key: string;
  readonly value: unknown;
  readonly author_uuid: number;
}

/** Where clients publish values. */
export interface ChannelStateTable {
  /** Sets or clears (null) a key. Says no if another connection holds the key, or too many are in use. */
  set(state: ChannelState, writer: number): boolean;
  /** What is published in a channel. */
  list(channel: number): ChannelState[];
  /** Clears what a connection has published, and says what that was. */
  removeByWriter(writer: number): ChannelState[];
}

interface Entry {
  readonly state: ChannelState;
  readonly writer: number;
}

/** Most keys of one channel, and of one connection over all channels. */
const maxKeysPerChannel = 32;
const maxKeysPerWriter = 64;

/** What clients publish in channels. Only in memory: a value is gone with the connection that wrote it. */
export class ChannelStates implements ChannelStateTable {
  readonly #channels = new Map<number, Map<string, Entry>>();

  set(state: ChannelState, writer: number): boolean {
    const entries = this.#channels.get(state.channel) ?? new Map<string, Entry>();
    const held = entries.get(state.key);
    if (held && held.writer !== writer) return false;
    if (state.value === null) {
      entries.delete(state.key);
      if (entries.size === 0) this.#channels.delete(state.channel);
      return true;
    }
    if (!held && (entries.size >= maxKeysPerChannel || this.#countKeysOf(writer) >= maxKeysPerWriter))
      return false;
    entries.set(state.key, { state, writer });
    this.#channels.set(state.channel, entries);
    return true;
  }

  list(channel: number): ChannelState[] {
    return [...(this.#channels.get(channel)?.values() ?? [])].map(({ state }) => state);
  }

  removeByWriter(writer: number): ChannelState[] {
    const dropped: ChannelState[] = [];
    for (const [channel, entries] of this.#channels) {
      for (const [key, { state, writer: holder }] of entries) {
        if (holder !== writer) continue;
        entries.delete(key);
        dropped.push(state);
      }
      if (entries.size === 0) this.#channels.delete(channel);
    }
    return dropped;
  }

  #countKeysOf(writer: number): number {
    let held = 0;
    for (const entries of this.#channels.values()) {
      for (const entry of entries.values()) if (entry.writer === writer) held++;
    }
    return held;
  }
}
