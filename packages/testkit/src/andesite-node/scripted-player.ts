/** A JSON object. */
export type Json = Record<string, unknown>;

/**
 * Form of payloads: as the Java node writes them or as the documentation does. They differ in absent keys and
 * times.
 */
export type PayloadForm = "java" | "documented";

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface MixerEntry {
  track: string | null;
  paused: boolean;
  volume: number;
}

/** A player without audio: it keeps the state that operations set, and positions advance in real time. */
export class ScriptedPlayer {
  track: string | null = null;
  /** Track that follows when the current one finishes. */
  next: string | null = null;
  /** Whether it runs without a voice connection. */
  radio = false;
  paused = false;
  volume = 100;
  filters: Json = {};
  mixerEnabled = false;
  readonly mixer = new Map<string, MixerEntry>();
  #positionMs = 0;
  #sinceMs = Date.now();

  /** Position in ms. */
  get positionMs(): number {
    return this.#positionMs + (this.paused ? 0 : Date.now() - this.#sinceMs);
  }

  moveTo(positionMs: number): void {
    this.#positionMs = positionMs;
    this.#sinceMs = Date.now();
  }

  setPaused(paused: boolean): void {
    this.moveTo(this.positionMs);
    this.paused = paused;
  }

  /** Applies the fields that `update` and `play` share. */
  apply({ pause, position, volume, filters }: Json): void {
    if (typeof pause === "boolean") this.setPaused(pause);
    if (typeof position === "number") this.moveTo(position);
    if (typeof volume === "number") this.volume = Math.min(1_000, Math.max(0, volume));
    if (isObject(filters)) this.setFilters(filters);
  }

  setFilters(filters: Json): void {
    const { op: _op, guildId: _guildId, userId: _userId, ...given } = filters;
    for (const [name, settings] of Object.entries(given)) {
      if (isObject(settings)) this.filters[name] = { ...settings, enabled: true };
    }
  }

  setMixer({ enable, players }: Json): void {
    if (typeof enable === "boolean") this.mixerEnabled = enable;
    for (const [id, given] of Object.entries(isObject(players) ? players : {})) {
      if (!isObject(given)) continue;
      const entry = this.mixer.get(id) ?? { track: null, paused: false, volume: 100 };
      this.mixer.set(id, entry);
      if (typeof given["pause"] === "boolean") entry.paused = given["pause"];
      if (typeof given["volume"] === "number") entry.volume = given["volume"];
      if (typeof given["track"] === "string" || given["track"] === null) entry.track = given["track"];
    }
  }

  /** Returns the player in the wire format. */
  toJson(form: PayloadForm): Json {
    const time = Date.now();
    const frame = { loss: 0, success: 3_000, usable: true };
    const position = this.track === null ? null : Math.round(this.positionMs);
    const mixer: Json = {};
    for (const [id, { track, paused, volume }] of this.mixer) {
      mixer[id] = {
        time: String(time),
        position: track === null ? null : 0,
        paused,
        volume,
        filters: {},
        frame,
      };
    }
    const { paused, volume, filters, mixerEnabled } = this;
    const common = { paused, volume, filters, mixer, mixerEnabled, frame };
    if (form === "documented") return { time: String(time), position, ...common };
    return position === null ? { time, ...common } : { time, ...common, position };
  }
}
