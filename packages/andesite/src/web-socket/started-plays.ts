import type { AndesiteEvent } from "../events/andesite-event.ts";
import { TrackEndEvent, TrackEvent, TrackStartEvent } from "../events/andesite-event.ts";
import { Play } from "../operations/playback.ts";
import { isSameTrack } from "./same-track.ts";

/** The `play` operations of one player. */
interface PlayerPlays {
  /** Operations whose tracks have not started, in the order of sending. */
  pending: Play[];
  /** Operation that queued the next track. */
  next: Play | null;
  /** Operation that started the current track. */
  current: Play | null;
  /** Operation that started the current track according to a state of an earlier process. */
  stored: Play | null;
}

/** Operations of one player that may wait for their start: a node ignores some without a message. */
const maxPending = 32;

/** Matches the tracks that a node reports with the `play` operations that started them. */
export class StartedPlays {
  readonly #guilds = new Map<string, PlayerPlays>();

  /** Records a transmitted message. */
  recordTransmitted(guildId: string, op: string, payload: Readonly<Record<string, unknown>>): void {
    if (op === "stop" || op === "destroy") {
      const plays = this.#guilds.get(guildId);
      if (plays) plays.next = null;
    }
    if (op !== "play") return;
    const play = readPlay(payload);
    if (!play) return;
    const plays = this.#playsOf(guildId);
    if (play.next) {
      plays.next = play;
      return;
    }
    plays.pending = [...plays.pending, play].slice(-maxPending);
    if (!play.noReplace) plays.next = null;
  }

  /** Adds the operations of a player that an earlier process has started. */
  addStored(guildId: string, current: Play | null, next: Play | null): void {
    if (!current && !next) return;
    const plays = this.#playsOf(guildId);
    plays.stored ??= current;
    plays.next ??= next;
  }

  /** Forgets a `play` that the node refused. */
  refusePlay(guildId: string, track: string): void {
    const plays = this.#guilds.get(guildId);
    if (!plays) return;
    const isRefused = (play: Play | null): boolean => play?.track === track;
    const index = plays.pending.findIndex(isRefused);
    if (index !== -1) plays.pending.splice(index, 1);
    else if (isRefused(plays.next)) plays.next = null;
  }

  /** Sets the operation that started the track of an event. */
  attachPlay(event: AndesiteEvent): void {
    if (!(event instanceof TrackEvent)) return;
    const plays = this.#guilds.get(event.guildId);
    if (!plays) return;
    const { stored } = plays;
    if (event instanceof TrackStartEvent) {
      plays.current = takePlay(plays, event.track);
      plays.stored = null;
    }
    event.play = plays.current ?? (stored?.track && isSameTrack(stored.track, event.track) ? stored : null);
    if (!(event instanceof TrackEndEvent)) return;
    plays.current = null;
    plays.stored = null;
    if (plays.pending.length === 0 && !plays.next) this.#guilds.delete(event.guildId);
  }

  /** Forgets the operations of a player that was moved to another node. */
  releaseGuild(guildId: string): void {
    this.#guilds.delete(guildId);
  }

  /** Forgets all operations. */
  clear(): void {
    this.#guilds.clear();
  }

  #playsOf(guildId: string): PlayerPlays {
    const plays = this.#guilds.get(guildId) ?? { pending: [], next: null, current: null, stored: null };
    this.#guilds.set(guildId, plays);
    return plays;
  }
}

/**
 * Removes and returns the operation whose track started; null when another client started it. Operations
 * before it will not start any more, because the node processes them in order.
 */
function takePlay(plays: PlayerPlays, track: string): Play | null {
  const isStarted = (play: Play | null): boolean =>
    play !== null && play.track !== null && isSameTrack(play.track, track);
  const index = plays.pending.findIndex(isStarted);
  if (index !== -1) return plays.pending.splice(0, index + 1).at(-1) ?? null;
  const { next } = plays;
  if (!isStarted(next)) return null;
  plays.next = null;
  return next;
}

/** Returns null for a payload of `send` that is not a valid `play`. */
function readPlay(payload: Readonly<Record<string, unknown>>): Play | null {
  try {
    return Play.fromRaw(payload);
  } catch {
    return null;
  }
}
