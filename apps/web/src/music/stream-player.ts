import { backoffDelayMs } from "@asterite/util";
import { Signal } from "../lib/signal.ts";

/** Subset of an audio element used by {@link StreamPlayer}. */
export type AudioOutput = Pick<
  HTMLAudioElement,
  | "src"
  | "volume"
  | "currentTime"
  | "ended"
  | "error"
  | "play"
  | "pause"
  | "load"
  | "addEventListener"
  | "removeAttribute"
>;

/** Playback state of a {@link StreamPlayer}. */
export type StreamStatus =
  | "stopped"
  /** Nothing plays, or no stream is published; playback begins as soon as there is audio. */
  | "waiting"
  | "connecting"
  | "playing"
  /** The stream was interrupted; a retry is scheduled or running. */
  | "reconnecting"
  /** The browser refused to play, or playback was paused outside of the page, for example with a media key. */
  | "paused";

/** Each state owns at most one timer, which the next state cancels. */
type State =
  | { readonly type: "stopped" }
  | { readonly type: "waiting" }
  | { readonly type: "paused" }
  | { readonly type: "retrying" }
  | { readonly type: "connecting"; readonly url: string }
  | { readonly type: "playing"; readonly url: string };

/** Jitter spreads the listeners of a node that was restarted. */
const retryBackoff = { firstMs: 500, maxMs: 10_000, jitter: 0.5 };
/** Time in which a stream has to begin. */
const connectTimeoutMs = 10_000;
/** Interval of the checks that the audio advances. */
const stallMs = 2_000;

/** Returns a URL without its last segment: all links of a player on one node share it. */
const folderOf = (url: string): string => url.slice(0, url.lastIndexOf("/"));

/**
 * Plays a live stream through an audio element, one connection at a time, and reconnects when the stream ends,
 * fails, stalls or moves to another node.
 */
export class StreamPlayer {
  /** Notifies of changes to {@link status}. */
  readonly signal = new Signal();
  readonly #audio: AudioOutput;
  #state: State = { type: "stopped" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #url: string | undefined;
  /** Whether the stream carries no audio now. */
  #isSilent = false;
  /** Failures since the audio last advanced. */
  #failures = 0;

  constructor(audio: AudioOutput) {
    this.#audio = audio;
    audio.addEventListener("playing", () => this.#handlePlaying());
    // A live stream has no end: treat `ended` as a lost connection.
    for (const name of ["error", "ended"]) audio.addEventListener(name, () => this.#handleLoss());
    audio.addEventListener("pause", () => this.#handlePause());
    audio.addEventListener("play", () => {
      if (this.#state.type === "paused") this.resume();
    });
  }

  get status(): StreamStatus {
    this.signal.track();
    const { type } = this.#state;
    if (type === "retrying") return "reconnecting";
    if (type !== "connecting") return type;
    if (this.#isSilent) return "waiting";
    return this.#failures > 0 ? "reconnecting" : "connecting";
  }

  /** Sets the volume, from 0 to 1. */
  set volume(volume: number) {
    this.#audio.volume = Math.min(1, Math.max(0, volume));
  }

  /**
   * Starts playback, instead of that of any other stream. Browsers may require a user gesture.
   *
   * @param url - Current URL of the stream; undefined while none is published.
   */
  start(url: string | undefined): void {
    this.stop();
    this.#url = url;
    this.#connect();
  }

  /** Ends playback and all retries. */
  stop(): void {
    this.#detach();
    this.#failures = 0;
    this.#change({ type: "stopped" });
  }

  /** Waits for {@link resume}. */
  suspend(): void {
    this.#detach();
    this.#change({ type: "paused" });
  }

  /** Continues at the live position. Call it in response to a user gesture. */
  resume(): void {
    if (this.#state.type === "paused") this.#connect();
  }

  /** Retries at once, because the device may be online again. */
  wake(): void {
    if (this.#state.type === "retrying") this.#connect();
  }

  /**
   * Sets the current URL; undefined while none is published. A stream that plays continues without the URL, and with a
   * renewed one; it is replaced if the URL leads to another node.
   */
  setUrl(url: string | undefined): void {
    if (url === this.#url) return;
    this.#url = url;
    const state = this.#state;
    if (state.type === "stopped" || state.type === "paused") return;
    if (state.type === "retrying" || state.type === "waiting") this.#connect();
    else if (url !== undefined && (state.type === "connecting" || folderOf(url) !== folderOf(state.url))) {
      this.#connect();
    }
  }

  /** Sets whether the stream carries no audio now, because the music is paused. It is no stall then. */
  setSilent(isSilent: boolean): void {
    if (isSilent === this.#isSilent) return;
    this.#isSilent = isSilent;
    if (this.#state.type === "connecting" || this.#state.type === "playing") this.#watch();
    this.signal.notify();
  }

  #connect(): void {
    const url = this.#url;
    if (url === undefined) {
      this.#change({ type: "waiting" });
      return;
    }
    const state: State = { type: "connecting", url };
    this.#change(state);
    this.#watch();
    // Assigning `src` ends the previous connection and starts at the live position.
    this.#audio.src = url;
    // Other rejections come with an error event, or are caused by the next assignment of `src`.
    this.#audio.play().catch((error: unknown) => {
      const isRefused = error instanceof DOMException && error.name === "NotAllowedError";
      if (isRefused && this.#state === state) this.suspend();
    });
  }

  #handlePlaying(): void {
    if (this.#state.type !== "connecting") return;
    this.#change({ type: "playing", url: this.#state.url });
    this.#watch();
  }

  /** Checks that the audio begins and advances, because a connection can stall without an error. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isSilent) return;
    const before = this.#audio.currentTime;
    const isPlaying = this.#state.type === "playing";
    this.#timer = setTimeout(
      () => {
        if (!isPlaying || this.#audio.currentTime === before) {
          this.#handleLoss();
          return;
        }
        this.#failures = 0;
        this.#watch();
      },
      isPlaying ? stallMs : connectTimeoutMs,
    );
  }

  #handleLoss(): void {
    if (this.#state.type !== "connecting" && this.#state.type !== "playing") return;
    this.#detach();
    this.#failures++;
    if (this.#url === undefined) {
      this.#change({ type: "waiting" });
      return;
    }
    this.#change({ type: "retrying" });
    this.#timer = setTimeout(() => this.#connect(), backoffDelayMs(this.#failures, retryBackoff));
  }

  /** Handles a pause that this player has not caused, such as a media key. */
  #handlePause(): void {
    const { ended, error } = this.#audio;
    // The element stays attached, so that the device can also resume.
    if (this.#state.type === "playing" && !ended && error === null) this.#change({ type: "paused" });
  }

  /** Closes the connection. */
  #detach(): void {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
  }

  #change(state: State): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = state;
    this.signal.notify();
  }
}
