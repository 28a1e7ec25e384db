import type { Reason } from "@asterite/aster-protocol";
import { type ChannelState, ChannelStates, type ChannelStateTable } from "../hub/channel-states.ts";
import type { Hub } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { PeerChange, ReplicatedState } from "./replicated-state.ts";

const keyOf = ({ channel, key }: Pick<ChannelState, "channel" | "key">): string => `s:${channel}:${key}`;
const stateKey = /^s:(\d+):(.*)$/s;

/** Channel states published by the clients of all processes of a cluster. */
export class ClusterChannelStates implements ChannelStateTable {
  readonly #own = new ChannelStates();
  readonly #replicated: ReplicatedState;
  readonly #local: Hub;
  /** States of other processes by channel and key. */
  readonly #remote = new Map<number, Map<string, ChannelState>>();

  constructor(replicated: ReplicatedState, local: Hub) {
    this.#replicated = replicated;
    this.#local = local;
    replicated.onChange((change) => this.#applyPeerChange(change));
  }

  set(state: ChannelState, writer: number): Reason | undefined {
    if (this.#remote.get(state.channel)?.has(state.key)) return "taken:key";
    const refused = this.#own.set(state, writer);
    if (refused !== undefined) return refused;
    this.#replicated.set(keyOf(state), state.value === null ? null : state);
    return undefined;
  }

  list(channel: number): ChannelState[] {
    return [...this.#own.list(channel), ...(this.#remote.get(channel)?.values() ?? [])];
  }

  removeByWriter(writer: number): ChannelState[] {
    const dropped = this.#own.removeByWriter(writer);
    for (const state of dropped) this.#replicated.set(keyOf(state), null);
    return dropped;
  }

  #applyPeerChange({ changed, hasExpired }: PeerChange): void {
    for (const [key, value] of changed) {
      const [, channelText, name] = stateKey.exec(key) ?? [];
      if (channelText === undefined || name === undefined) continue;
      const channel = Number(channelText);
      const states = this.#remote.get(channel) ?? new Map<string, ChannelState>();
      const before = states.get(name);
      if (value === null) states.delete(name);
      // Written by a process of the same server, so the shape is trusted.
      else states.set(name, value as ChannelState);
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
