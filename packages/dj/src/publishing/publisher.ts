import type { Channel } from "@asterite/aster";
import type { Logger } from "@asterite/util";
import { type MusicState, musicKey } from "./music-state.ts";

/** How far the position may be from what readers work out before it is told again, in ms. */
const driftMs = 1_500;
/** The same when a track has just begun, which readers count from when it was asked for. */
const begunDriftMs = 100;
/** How long to wait after a refusal: an old connection of this bot may still hold the key. */
const refusedMs = 5_000;

/** Everything but the position, to see whether anything has changed. */
const gist = ({ player, ...rest }: MusicState): string =>
  JSON.stringify({ ...rest, player: player && { ...player, positionMs: 0, at: 0 } });

/** Where readers of a state think that its track is. */
const expectedMs = ({ player }: MusicState, nowMs: number): number =>
  player === null ? 0 : player.positionMs + (player.paused ? 0 : nowMs - player.at);

/** Publishes what a room plays: when something has changed, not too often, and one value at a time. */
export class StatePublisher {
  readonly #channel: Channel;
  readonly #restMs: number;
  readonly #take: () => MusicState | null;
  readonly #logger: Logger;
  #published: MusicState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isWanted = false;
  #hasBegun = false;
  #isClosed = false;

  /** @param take - What is to be published now; null for nothing. */
  constructor(channel: Channel, restMs: number, take: () => MusicState | null, logger: Logger) {
    this.#channel = channel;
    this.#restMs = restMs;
    this.#take = take;
    this.#logger = logger;
  }

  /** Something may have changed. */
  touch(): void {
    this.#isWanted = true;
    if (this.#timer || this.#isSending || this.#isClosed) return;
    this.#send();
  }

  /** What plays has begun, some time after it was asked for. */
  began(): void {
    this.#hasBegun = true;
    this.touch();
  }

  /** The server has forgotten everything, as it does when a connection ends. */
  forget(): void {
    this.#published = null;
    this.touch();
  }

  /** Publishes nothing more. What is there goes with the channel, or with this bot's connection. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  get #isPossible(): boolean {
    const { status, extensions } = this.#channel.server;
    return status === "ready" && extensions.has("state");
  }

  #send(): void {
    this.#isWanted = false;
    if (!this.#isPossible) return;
    const state = this.#take();
    const isNews = this.#isNews(state, this.#hasBegun ? begunDriftMs : driftMs);
    this.#hasBegun = false;
    if (!isNews) return;
    this.#isSending = true;
    this.#channel.setState(musicKey, state).then(
      () => {
        this.#published = state;
        this.#rest(this.#restMs);
      },
      (error: unknown) => {
        // The panel is a nicety; the music goes on without it.
        this.#logger.debug({ channel: this.#channel.uuid, error: String(error) }, "not published");
        this.#isWanted = true;
        this.#rest(refusedMs);
      },
    );
  }

  #rest(ms: number): void {
    this.#isSending = false;
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isWanted) this.#send();
    }, ms);
  }

  #isNews(state: MusicState | null, allowedMs: number): boolean {
    const before = this.#published;
    if (state === null || before === null) return state !== before;
    if (gist(state) !== gist(before)) return true;
    const nowMs = Date.now();
    return Math.abs(expectedMs(state, nowMs) - expectedMs(before, nowMs)) > allowedMs;
  }
}
