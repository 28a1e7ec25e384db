import { backoffDelayMs } from "@asterite/util";
import { Topic } from "../lib/signal.ts";

/** The part of an audio element that is used. */
export type Sound = Pick<
  HTMLAudioElement,
  "src" | "volume" | "play" | "pause" | "load" | "addEventListener" | "removeAttribute"
>;

/** What listening is like at the moment. */
export type ListenStatus = "silent" | "connecting" | "playing" | "waiting";

const firstDelayMs = 500;
const longestDelayMs = 10_000;

/** Plays a live stream through an audio element, and comes back when it breaks off. */
export class Listener {
  readonly topic = new Topic();
  readonly #sound: Sound;
  #url: string | undefined;
  #status: ListenStatus = "silent";
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sound: Sound) {
    this.#sound = sound;
    sound.addEventListener("playing", () => {
      if (this.#url === undefined) return;
      this.#tries = 0;
      this.#become("playing");
    });
    // An end is a loss too: a live stream has none.
    for (const name of ["error", "ended"]) sound.addEventListener(name, () => this.#lost());
  }

  get status(): ListenStatus {
    this.topic.follow();
    return this.#status;
  }

  /** What is being listened to. */
  get url(): string | undefined {
    this.topic.follow();
    return this.#url;
  }

  /** From 0, silence, to 1. */
  get volume(): number {
    this.topic.follow();
    return this.#sound.volume;
  }

  set volume(volume: number) {
    this.#sound.volume = Math.min(1, Math.max(0, volume));
    this.topic.changed();
  }

  /** Begins to listen. Browsers allow it only in answer to what a person does. */
  start(url: string): void {
    if (url === this.#url) return;
    this.stop();
    this.#url = url;
    this.#tries = 0;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#url = undefined;
    this.#sound.pause();
    this.#sound.removeAttribute("src");
    this.#sound.load();
    this.#become("silent");
  }

  #connect(): void {
    if (this.#url === undefined) return;
    this.#become(this.#tries === 0 ? "connecting" : "waiting");
    // Assigning it again makes the element ask for the stream anew, which begins with what is live.
    this.#sound.src = this.#url;
    // A refusal to play comes as an error event too, except when the browser wants a person to ask for it.
    this.#sound.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.stop();
    });
  }

  #lost(): void {
    if (this.#url === undefined) return;
    clearTimeout(this.#timer);
    const delayMs = backoffDelayMs(++this.#tries, { firstMs: firstDelayMs, maxMs: longestDelayMs });
    this.#become("waiting");
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  #become(status: ListenStatus): void {
    this.#status = status;
    this.topic.changed();
  }
}
