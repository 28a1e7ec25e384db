import type { Channel } from "@asterite/aster";
import type { Logger } from "@asterite/util";
import { type MusicState, musicKey } from "./music-state.ts";

/** Deviation from the position that readers extrapolate, above which it is published again, in ms. */
const maxDriftMs = 1_500;
/** The same when a track has just started: readers extrapolate from the time of the request. */
const maxStartDriftMs = 100;
/** Delay after a rejected publication, in ms: an old connection of the bot may still hold the key. */
const rejectedDelayMs = 5_000;

/** Serializes a state without its position, to detect any other change. */
const withoutPosition = ({ player, ...rest }: MusicState): string =>
  JSON.stringify({ ...rest, player: player && { ...player, positionMs: 0, at: 0 } });

/** Returns the position that readers of a state extrapolate for a given time. */
const extrapolatedMs = ({ player }: MusicState, nowMs: number): number =>
  player === null ? 0 : player.positionMs + (player.paused ? 0 : nowMs - player.at);

/** Publishes the music state of a channel when it has changed, at a limited rate, one request at a time. */
export class StatePublisher {
  readonly #channel: Channel;
  readonly #minIntervalMs: number;
  readonly #getState: () => MusicState | null;
  readonly #logger: Logger;
  #published: MusicState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isScheduled = false;
  #hasTrackStarted = false;
  #isClosed = false;

  /** @param getState - Returns the state to publish; null for none. */
  constructor(channel: Channel, minIntervalMs: number, getState: () => MusicState | null, logger: Logger) {
    this.#channel = channel;
    this.#minIntervalMs = minIntervalMs;
    this.#getState = getState;
    this.#logger = logger;
  }

  /** Publishes the state as soon as the rate allows, if it has changed. */
  schedule(): void {
    this.#isScheduled = true;
    if (this.#timer || this.#isSending || this.#isClosed) return;
    this.#send();
  }

  /** Publishes the position of a track that has started, which was some time after its request. */
  trackStarted(): void {
    this.#hasTrackStarted = true;
    this.schedule();
  }

  /** Publishes the state again: the server has dropped it with the last connection. */
  republish(): void {
    this.#published = null;
    this.schedule();
  }

  /** Stops publishing. The server drops the state with the channel, or with the bot's connection. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  get #canPublish(): boolean {
    const { status, extensions } = this.#channel.server;
    return status === "ready" && extensions.has("state");
  }

  #send(): void {
    this.#isScheduled = false;
    if (!this.#canPublish) return;
    const state = this.#getState();
    const hasChanged = this.#hasChanged(state, this.#hasTrackStarted ? maxStartDriftMs : maxDriftMs);
    this.#hasTrackStarted = false;
    if (!hasChanged) return;
    this.#isSending = true;
    this.#channel.setState(musicKey, state).then(
      () => {
        this.#published = state;
        this.#pause(this.#minIntervalMs);
      },
      (error: unknown) => {
        this.#logger.debug(
          { channel: this.#channel.uuid, error: String(error) },
          "could not publish the music state",
        );
        this.#isScheduled = true;
        this.#pause(rejectedDelayMs);
      },
    );
  }

  #pause(delayMs: number): void {
    this.#isSending = false;
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isScheduled) this.#send();
    }, delayMs);
  }

  #hasChanged(state: MusicState | null, maxDeviationMs: number): boolean {
    const before = this.#published;
    if (state === null || before === null) return state !== before;
    if (withoutPosition(state) !== withoutPosition(before)) return true;
    const nowMs = Date.now();
    return Math.abs(extrapolatedMs(state, nowMs) - extrapolatedMs(before, nowMs)) > maxDeviationMs;
  }
}
