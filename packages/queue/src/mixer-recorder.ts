import type { Player } from "@asterite/andesite";
import { MixerUpdate } from "@asterite/andesite/advanced";
import { isRecord } from "@asterite/util";

/** Fields of a player of the mixer, in the form of the wire. */
type MixerEntry = Readonly<Record<string, unknown>>;

/** Mixer of a player: the fields of the operation that restores it, in the form of the wire. */
export interface MixerSnapshot {
  /** Whether the output of the mixer replaces that of the player; absent when it is unknown. */
  readonly enable?: boolean | undefined;
  /** Tracks and settings of the mixer players, by their ids. */
  readonly players: Readonly<Record<string, MixerEntry>>;
}

/** Returns whether a stored value can be sent as the fields of a mixer operation. */
export function isMixerSnapshot(value: unknown): value is MixerSnapshot {
  try {
    MixerUpdate.fromRaw(value);
    return isRecord(value);
  } catch {
    return false;
  }
}

/** Records the mixer of a player from the operations that are sent and from the states that the node reports. */
export class MixerRecorder {
  readonly #players: Map<string, MixerEntry>;
  #enable: boolean | undefined;
  #reported: Player | null = null;

  constructor(snapshot?: MixerSnapshot) {
    this.#players = new Map(Object.entries(snapshot?.players ?? {}));
    this.#enable = snapshot?.enable;
  }

  get isEmpty(): boolean {
    return this.#players.size === 0;
  }

  /** Records the payload of a mixer operation. */
  recordSent({ enable, players }: Readonly<Record<string, unknown>>): void {
    if (typeof enable === "boolean") this.#enable = enable;
    if (!isRecord(players)) return;
    for (const [id, change] of Object.entries(players)) {
      if (!isRecord(change)) continue;
      const known = this.#players.get(id);
      const { noReplace: _noReplace, position, filters, ...fields } = change;
      if (change["track"] === null) this.#players.delete(id);
      else if (typeof change["track"] === "string") this.#players.set(id, { ...fields, filters });
      else if (known) {
        const start = position ?? known["start"];
        const merged = { ...(known["filters"] as object), ...(filters as object) };
        this.#players.set(id, { ...known, ...fields, start, filters: merged });
      }
    }
  }

  /** Records a state that the node reported. */
  recordReport(player: Player | null): void {
    // The node switches only when the mixer has audio, so what was requested comes first.
    this.#enable ??= player?.mixerEnabled;
    this.#reported = player;
  }

  /** Forgets the mixer of a destroyed player. */
  clear(): void {
    this.#players.clear();
    this.#enable = undefined;
  }

  /** Returns whether the node has lost the recorded mixer players, as after a restart. */
  isMissingIn(player: Player | null): boolean {
    return !this.isEmpty && ![...this.#players.keys()].some((id) => Object.hasOwn(player?.mixer ?? {}, id));
  }

  /** Returns the mixer at its present positions; undefined without tracks. */
  toSnapshot(): MixerSnapshot | undefined {
    const players = [...this.#players].flatMap(([id, entry]) => {
      const { mixer = {} } = this.#reported ?? {};
      const reported = Object.hasOwn(mixer, id) ? mixer[id] : undefined;
      if (!reported) return [[id, entry] as const];
      // Its track has ended.
      if (reported.livePosition === null) return [];
      const end = typeof entry["end"] === "number" ? entry["end"] - 1 : Number.POSITIVE_INFINITY;
      const { paused: pause, volume } = reported.toRaw();
      const start = Math.round(Math.min(1_000 * reported.livePosition, end));
      return [[id, { ...entry, start, pause, volume }] as const];
    });
    if (players.length === 0) return undefined;
    const enable = this.#enable === undefined ? {} : { enable: this.#enable };
    return { ...enable, players: Object.fromEntries(players) };
  }
}
