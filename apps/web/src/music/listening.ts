import { untrack } from "svelte";
import type { ServerSession } from "../chat/server-session.ts";
import { Signal } from "../lib/signal.ts";
import type { StoredValue } from "../lib/storage/stored-value.ts";
import { listenUrl } from "./listen-url.ts";
import type { ListeningLock } from "./listening-lock.ts";
import type { StreamPlayer } from "./stream-player.ts";

/** Channel that a tab listens to. */
export interface ListeningTarget {
  /** Key of the server. */
  readonly server: string;
  readonly channel: number;
}

/** Part of a server session that {@link Listening} follows. */
export interface ListenedSession extends Pick<ServerSession, "key" | "origin" | "status"> {
  readonly serverInfo: { readonly channels: readonly { readonly uuid: number }[] };
  readonly music: Pick<ServerSession["music"], "forChannel" | "musicCommandsIn">;
}

/** Time after which a bot that is offline has left. A restart takes less. */
const maxAbsenceMs = 60_000;

/**
 * Keeps this tab listening to a channel until the user stops, across reloads, lost connections and restarts of the
 * server, the bot and the audio node. Listening also ends when the user signs out, when the channel is deleted, when the
 * bot stays offline, and when another tab of the browser begins to listen.
 */
export class Listening {
  readonly player: StreamPlayer;
  /** Notifies of changes to {@link target}. */
  readonly signal = new Signal();
  readonly #stored: Pick<StoredValue<ListeningTarget | null>, "get" | "set">;
  readonly #lock: ListeningLock;
  #target: ListeningTarget | undefined;
  #url: string | undefined;
  /** Whether the stream was closed because the user has left the page. */
  #hasLeft = false;
  #absenceTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param stored - Target of this tab, which survives a reload.
   * @param lock - Lock that only one tab of the browser holds.
   */
  constructor(
    player: StreamPlayer,
    stored: Pick<StoredValue<ListeningTarget | null>, "get" | "set">,
    lock: ListeningLock,
  ) {
    this.player = player;
    this.#stored = stored;
    this.#lock = lock;
  }

  /** Channel that this tab listens to. */
  get target(): ListeningTarget | undefined {
    this.signal.track();
    return this.#target;
  }

  /** Returns whether this tab listens to a channel. */
  isOn(server: string, channel: number): boolean {
    const { target } = this;
    return target?.server === server && target.channel === channel;
  }

  /**
   * Starts to listen, in response to a user gesture. Any other tab of the browser stops.
   *
   * @param url - Current URL of the stream.
   */
  start(target: ListeningTarget, url: string): void {
    this.#setTarget(target);
    this.#url = url;
    this.#lock.take(() => this.stop());
    this.player.start(url);
  }

  stop(): void {
    this.#setTarget(undefined);
    this.#lock.release();
    this.player.stop();
  }

  /**
   * Continues to listen after a reload, unless another tab listens: a duplicated tab has a copy of the stored target. Where
   * browsers cannot tell, the player waits for a user gesture.
   */
  async restore(): Promise<void> {
    const target = this.#stored.get();
    if (target === null || this.#target) return;
    this.#setTarget(target);
    const answer = await this.#requestLock(target);
    if (answer === "unknown") this.player.suspend();
    else if (answer) this.player.start(this.#url);
  }

  /** Closes the stream when the user leaves the page, which the browser may show again as it was. */
  leave(): void {
    this.#hasLeft = this.#target !== undefined && this.player.status !== "paused";
    if (!this.#hasLeft) return;
    this.player.suspend();
    this.#lock.release();
  }

  /** Continues to listen when the page is shown again as it was left, unless another tab listens. */
  async comeBack(): Promise<void> {
    const target = this.#target;
    if (!this.#hasLeft || !target) return;
    this.#hasLeft = false;
    if (await this.#requestLock(target)) this.player.resume();
  }

  /** Stops if another tab listens. Returns whether this one may, if the target is still the same. */
  async #requestLock(target: ListeningTarget): Promise<"granted" | "unknown" | undefined> {
    const answer = await this.#lock.request(() => this.stop());
    if (this.#target !== target) return undefined;
    if (answer !== "refused") return answer;
    this.stop();
    return undefined;
  }

  /** Follows the server and the bot of the target. Run it in an effect, which tracks what it reads. */
  follow(sessions: readonly ListenedSession[]): void {
    const { target } = this;
    if (!target) return;
    const session = sessions.find(({ key }) => key === target.server);
    const channels = session?.status === "ready" ? session.serverInfo.channels : undefined;
    const isDeleted = channels !== undefined && !channels.some(({ uuid }) => uuid === target.channel);
    if (!session || session.status === "signed-out" || isDeleted) {
      untrack(() => this.stop());
      return;
    }
    const music = session.music.forChannel(target.channel);
    const hasBot = music !== undefined || session.music.musicCommandsIn(target.channel) !== undefined;
    const url = listenUrl(music?.listen ?? null, session.origin);
    untrack(() => {
      this.#watchBot(hasBot || channels === undefined);
      this.#url = url;
      this.player.setSilent(music !== undefined && (music.player.paused || music.player.track === null));
      this.player.setUrl(url);
    });
  }

  /** @param isThere - Whether the bot is online, as far as is known. */
  #watchBot(isThere: boolean): void {
    if (isThere) {
      clearTimeout(this.#absenceTimer);
      this.#absenceTimer = undefined;
    } else {
      this.#absenceTimer ??= setTimeout(() => this.stop(), maxAbsenceMs);
    }
  }

  #setTarget(target: ListeningTarget | undefined): void {
    this.#watchBot(true);
    this.#target = target;
    this.#url = undefined;
    this.#stored.set(target ?? null);
    this.signal.notify();
  }
}
