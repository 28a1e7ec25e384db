import type { AudioOutput } from "./stream-player.ts";

/** Audio element without a decoder: tests report what the stream does. */
export class FakeAudio extends EventTarget implements AudioOutput {
  src = "";
  volume = 1;
  currentTime = 0;
  ended = false;
  error: MediaError | null = null;
  /** URLs in the order of the connections. */
  readonly opened: string[] = [];
  /** Whether the browser requires a user gesture. */
  isRefusing = false;

  play(): Promise<void> {
    this.opened.push(this.src);
    return this.isRefusing
      ? Promise.reject(new DOMException("no gesture", "NotAllowedError"))
      : Promise.resolve();
  }

  pause(): void {}

  load(): void {}

  removeAttribute(): void {
    this.src = "";
  }

  emit(name: "playing" | "error" | "ended" | "pause" | "play"): void {
    this.dispatchEvent(new Event(name));
  }
}
