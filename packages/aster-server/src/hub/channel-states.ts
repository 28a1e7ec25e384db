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
   * Sets or clears (`null`) a key; of {@link commandsKey} each account has its own. Returns the reason if another connection holds the key or a limit is
   * reached. A manager, who moderates the channel, clears every key and takes over those of others who are not
   * managers; the keys of managers have limits of their own.
   */
  set(state: ChannelState, writer: Writer): Reason | undefined;
  /** Returns the states of a channel. */
  list(channel: number): ChannelState[];
  /** Removes the states of a connection of this process and returns them. */
  removeByWriter(connection: number): ChannelState[];
  /** Removes the states of connections of this process that match and returns them. */
  removeIf(matches: (state: ChannelState) => boolean): ChannelState[];
}

/** Connection that writes a state. */
export interface Writer {
  readonly connection: number;
  /** Whether its user may moderate the channel. */
  readonly isManager: boolean;
}

/** Key under which bots publish their commands. Each account has a value of its own, so that bots share channels. */
export const commandsKey = "commands";

/** Returns the place of a state in its channel, which holds one value. */
export const slotOf = ({ key, author_uuid: author }: Pick<ChannelState, "key" | "author_uuid">): string =>
  `${key === commandsKey ? author : ""}:${key}`;

interface Entry {
  readonly state: ChannelState;
  readonly writer: Writer;
}

/** Returns whether a writer may replace or clear a key that another connection holds. */
export const mayReplace = (
  { value }: ChannelState,
  writer: Pick<Writer, "isManager">,
  holder: Pick<Writer, "isManager">,
): boolean => writer.isManager && (value === null || !holder.isManager);

/** Limits of keys in one channel, separately for managers, and of one connection in all channels. */
const maxKeysPerChannel = 32;
const maxKeysPerWriter = 64;

/** In-memory table of channel states: a state ends with the connection that wrote it. */
export class ChannelStates implements ChannelStateTable {
  readonly #channels = new Map<number, Map<string, Entry>>();

  set(state: ChannelState, writer: Writer): Reason | undefined {
    const entries = this.#channels.get(state.channel) ?? new Map<string, Entry>();
    const slot = slotOf(state);
    const held = entries.get(slot);
    const isOwn = held?.writer.connection === writer.connection;
    if (held && !isOwn && !mayReplace(state, writer, held.writer)) return "taken:key";
    if (state.value === null) {
      entries.delete(slot);
      if (entries.size === 0) this.#channels.delete(state.channel);
      return undefined;
    }
    if (!isOwn) {
      const sameKind = [...entries.values()].filter((entry) => entry.writer.isManager === writer.isManager);
      if (sameKind.length >= maxKeysPerChannel) return `quota:channel_keys:${maxKeysPerChannel}`;
      if (this.#countKeysOf(writer.connection) >= maxKeysPerWriter) return `quota:keys:${maxKeysPerWriter}`;
    }
    entries.set(slot, { state, writer });
    this.#channels.set(state.channel, entries);
    return undefined;
  }

  list(channel: number): ChannelState[] {
    return [...(this.#channels.get(channel)?.values() ?? [])].map(({ state }) => state);
  }

  removeByWriter(connection: number): ChannelState[] {
    return this.#remove(({ writer }) => writer.connection === connection);
  }

  removeIf(matches: (state: ChannelState) => boolean): ChannelState[] {
    return this.#remove(({ state }) => matches(state));
  }

  #remove(matches: (entry: Entry) => boolean): ChannelState[] {
    const removed: ChannelState[] = [];
    for (const [channel, entries] of this.#channels) {
      for (const [slot, entry] of entries) {
        if (!matches(entry)) continue;
        entries.delete(slot);
        removed.push(entry.state);
      }
      if (entries.size === 0) this.#channels.delete(channel);
    }
    return removed;
  }

  #countKeysOf(connection: number): number {
    let held = 0;
    for (const entries of this.#channels.values()) {
      for (const { writer } of entries.values()) if (writer.connection === connection) held++;
    }
    return held;
  }
}
