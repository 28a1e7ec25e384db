import { backoffDelayMs } from "@asterite/util";
import { Signal } from "../lib/signal.ts";

/** Subset of an audio element used by {@link StreamPlayer}. */
export type AudioOutput = Pick<
  HTMLAudioElement,
  "src" | "volume" | "play" | "pause" | "load" | "addEventListener" | "removeAttribute"
>;

/** Playback state of a {@link StreamPlayer}. */
export type StreamStatus = "stopped" | "connecting" | "playing" | "reconnecting";

const firstDelayMs = 500;
const maxDelayMs = 10_000;

/** Plays a live stream through an audio element and reconnects when it is interrupted. */
export class StreamPlayer {
  readonly signal = new Signal();
  readonly #audio: AudioOutput;
  #url: string | undefined;
  #status: StreamStatus = "stopped";
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(audio: AudioOutput) {
    this.#audio = audio;
    audio.addEventListener("playing", () => {
      if (this.#url === undefined) return;
      this.#attempts = 0;
      this.#setStatus("playing");
    });
    // A live stream has no end: treat `ended` as a lost connection.
    for (const name of ["error", "ended"]) audio.addEventListener(name, () => this.#handleLoss());
  }

  get status(): StreamStatus {
    this.signal.track();
    return this.#status;
  }

  /** URL of the stream, or undefined while stopped. */
  get url(): string | undefined {
    this.signal.track();
    return this.#url;
  }

  /** Volume from 0 to 1. */
  get volume(): number {
    this.signal.track();
    return this.#audio.volume;
  }

  set volume(volume: number) {
    this.#audio.volume = Math.min(1, Math.max(0, volume));
    this.signal.notify();
  }

  /** Starts playback. Browsers allow it only in response to a user gesture. */
  start(url: string): void {
    if (url === this.#url) return;
    this.stop();
    this.#url = url;
    this.#attempts = 0;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#url = undefined;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    this.#setStatus("stopped");
  }

  #connect(): void {
    if (this.#url === undefined) return;
    this.#setStatus(this.#attempts === 0 ? "connecting" : "reconnecting");
    // Assigning `src` again restarts the request at the live position.
    this.#audio.src = this.#url;
    // Rejections also fire an error event, except when the browser requires a user gesture.
    this.#audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.stop();
    });
  }

  #handleLoss(): void {
    if (this.#url === undefined) return;
    clearTimeout(this.#timer);
    const delayMs = backoffDelayMs(++this.#attempts, { firstMs: firstDelayMs, maxMs: maxDelayMs });
    this.#setStatus("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  #setStatus(status: StreamStatus): void {
    this.#status = status;
    this.signal.notify();
  }
}
