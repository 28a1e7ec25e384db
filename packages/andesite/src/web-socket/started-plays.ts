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
    const plays = this.#guilds.get(guildId) ?? { pending: [], next: null, current: null };
    this.#guilds.set(guildId, plays);
    if (play.next) {
      plays.next = play;
      return;
    }
    plays.pending = [...plays.pending, play].slice(-maxPending);
    if (!play.noReplace) plays.next = null;
  }

  /** Sets the operation that started the track of an event. */
  attachPlay(event: AndesiteEvent): void {
    if (!(event instanceof TrackEvent)) return;
    const plays = this.#guilds.get(event.guildId);
    if (!plays) return;
    if (event instanceof TrackStartEvent) plays.current = takePlay(plays, event.track);
    event.play = plays.current;
    if (!(event instanceof TrackEndEvent)) return;
    plays.current = null;
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
