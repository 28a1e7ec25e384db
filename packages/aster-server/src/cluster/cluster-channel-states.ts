import type { Reason } from "@asterite/aster-protocol";
import {
  type ChannelState,
  ChannelStates,
  type ChannelStateTable,
  mayReplace,
  slotOf,
  type Writer,
} from "../hub/channel-states.ts";
import type { Hub } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { PeerChange, ReplicatedState } from "./replicated-state.ts";

const keyOf = (state: ChannelState): string => `s:${state.channel}:${slotOf(state)}`;
const stateKey = /^([se]):(\d+):(.*)$/s;
/** Key of the request to other processes to give up the same state. */
const evictionKeyOf = (state: ChannelState): string => `e:${state.channel}:${slotOf(state)}`;

/** State as it is sent to other processes. */
interface SharedState extends ChannelState {
  readonly isManager: boolean;
}

interface RemoteEntry {
  readonly process: string;
  readonly state: ChannelState;
  readonly isManager: boolean;
}

/** Channel states published by the clients of all processes of a cluster. */
export class ClusterChannelStates implements ChannelStateTable {
  readonly #own = new ChannelStates();
  readonly #replicated: ReplicatedState;
  readonly #local: Hub;
  /** States of other processes by channel and slot. */
  readonly #remote = new Map<number, Map<string, RemoteEntry>>();

  constructor(replicated: ReplicatedState, local: Hub) {
    this.#replicated = replicated;
    this.#local = local;
    replicated.onChange((change) => this.#applyPeerChange(change));
  }

  set(state: ChannelState, writer: Writer): Reason | undefined {
    const slot = slotOf(state);
    const holder = this.#remote.get(state.channel)?.get(slot);
    if (holder && !mayReplace(state, writer, holder)) return "taken:key";
    const refused = this.#own.set(state, writer);
    if (refused !== undefined) return refused;
    if (holder) {
      this.#removeRemote(state.channel, slot);
      const evictionKey = evictionKeyOf(state);
      this.#replicated.set(evictionKey, true);
      // Changes of one turn are sent together; the request must not stay in the replicated state.
      setImmediate(() => this.#replicated.set(evictionKey, null));
    }
    const shared: SharedState = { ...state, isManager: writer.isManager };
    this.#replicated.set(keyOf(state), state.value === null ? null : shared);
    return undefined;
  }

  list(channel: number): ChannelState[] {
    const remote = [...(this.#remote.get(channel)?.values() ?? [])];
    return [...this.#own.list(channel), ...remote.map(({ state }) => state)];
  }

  removeByWriter(writer: number): ChannelState[] {
    return this.#unpublish(this.#own.removeByWriter(writer));
  }

  removeIf(matches: (state: ChannelState) => boolean): ChannelState[] {
    return this.#unpublish(this.#own.removeIf(matches));
  }

  #unpublish(removed: ChannelState[]): ChannelState[] {
    for (const state of removed) this.#replicated.set(keyOf(state), null);
    return removed;
  }

  #removeRemote(channel: number, slot: string): void {
    const states = this.#remote.get(channel);
    states?.delete(slot);
    if (states?.size === 0) this.#remote.delete(channel);
  }

  #applyPeerChange({ process, changed, hasExpired }: PeerChange): void {
    for (const [key, value] of changed) {
      const [, kind, channelText, slot] = stateKey.exec(key) ?? [];
      if (channelText === undefined || slot === undefined) continue;
      const channel = Number(channelText);
      if (kind === "e") {
        // The other process has already published the new value.
        if (value !== null) this.removeIf((state) => state.channel === channel && slotOf(state) === slot);
        continue;
      }
      const states = this.#remote.get(channel) ?? new Map<string, RemoteEntry>();
      const entry = states.get(slot);
      const before = entry?.process === process ? entry.state : undefined;
      if (value !== null) {
        // Written by a process of the same server, so the shape is trusted.
        const { isManager, ...state } = value as SharedState;
        states.set(slot, { process, state, isManager });
      } else if (before) states.delete(slot);
      if (states.size > 0) this.#remote.set(channel, states);
      else this.#remote.delete(channel);
      // A live process sends the push itself, over the bus.
      if (hasExpired && before) {
        const audience = { type: "readers", channel, extension: "state" } as const;
        this.#local.publish(audience, push("channel_state", { ...before, value: null }));
      }
    }
  }
}
