import type {
  Player,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
} from "@asterite/andesite";
import type { QueueEntry } from "./entry.ts";
import {
  EntryEndEvent,
  EntryStartEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEvent,
  QueueHaltEvent,
  QueueIdleEvent,
} from "./events.ts";
import { NodeLink, type NodeLinkListener, type QueueNode } from "./node-link.ts";
import { NodePlayer } from "./node-player.ts";
import { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { Preloader } from "./preloader.ts";
import type { Queue } from "./queue.ts";
import type { PlaybackState } from "./snapshot.ts";
import { Timers } from "./timers.ts";
import { identify } from "./track-identity.ts";

/**
 * Longest expected delay of a message from the node, in ms: of a track's end, or of an update sent before a
 * seek.
 */
const messageDelayMs = 2_000;

type State =
  /** No entry is being played. */
  | { readonly type: "idle" }
  /** Restored from a snapshot; the node has been queried about the player. */
  | {
      readonly type: "resuming";
      readonly attempt: PlaybackAttempt;
      readonly saved: PlaybackState | undefined;
    }
  /**
   * `play` was sent and the track has not started; events until then belong to the previous track.
   * `isOverdue`: the start timeout has passed.
   */
  | { readonly type: "starting"; readonly attempt: PlaybackAttempt; isOverdue: boolean }
  /**
   * The track has started. `isRetryPending`: it did so during the delay of a retry, which still takes place.
   */
  | { readonly type: "playing"; readonly attempt: PlaybackAttempt; readonly isRetryPending: boolean }
  /** The attempt failed; the next one begins after a delay. */
  | { readonly type: "retrying"; readonly attempt: PlaybackAttempt; readonly retry: Retry };

/** The next attempt after a failure. */
interface Retry {
  readonly fromMs: number;
  /** Number of the next attempt. */
  readonly number: number;
  readonly delayMs: number;
}

/**
 * State machine that plays the entries of a queue on a node, and advances the queue when the node is done.
 */
export class Playback implements NodeLinkListener {
  readonly #settings: QueuePlayerSettings;
  readonly #queue: Queue;
  readonly #emit: (event: QueueEvent) => void;
  readonly #link: NodeLink;
  readonly player: NodePlayer;
  readonly #preloader: Preloader;
  readonly #timers: Timers<"start" | "preload" | "retry" | "silence" | "end" | "seek">;
  #state: State = { type: "idle" };
  /** Entries that failed in a row. */
  #failures = 0;

  constructor(
    node: QueueNode,
    guildId: string,
    settings: QueuePlayerSettings,
    queue: Queue,
    emit: (event: QueueEvent) => void,
  ) {
    this.#settings = settings;
    this.#queue = queue;
    this.#emit = emit;
    this.#timers = new Timers(settings.clock);
    this.#link = new NodeLink(node, guildId, this);
    this.player = new NodePlayer(settings, this.#link);
    this.#preloader = new Preloader(settings, queue, this.player, this.#timers, emit);
  }

  /** Entry that the node plays or is meant to play. */
  get entry(): QueueEntry | null {
    return this.#attempt?.entry ?? null;
  }

  get positionMs(): number {
    const lengthMs = this.#queue.current?.track.lengthMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.player.position.ms, lengthMs);
  }

  get gapless(): boolean {
    return this.#preloader.isEnabled;
  }

  set gapless(isGapless: boolean) {
    this.#preloader.isEnabled = isGapless;
    this.schedulePreload();
  }

  /** Returns the part of the playback that a snapshot holds. */
  toSnapshot(): PlaybackState {
    return {
      positionMs: this.#queue.current ? this.positionMs : 0,
      savedAtMs: Date.now(),
      preloadedId: this.#preloader.entry?.id ?? null,
      paused: this.player.paused,
      volume: this.player.volume,
      filters: this.player.filters,
    };
  }

  /** Resumes the current entry of a queue that was restored from a snapshot. */
  start(current: QueueEntry): void {
    const attempt = new PlaybackAttempt(current, this.player.position.ms, 1, this.#now);
    this.#transition({ type: "resuming", attempt, saved: this.#settings.snapshot });
    this.#link.queryPlayer();
  }

  /** Resets the failure counter after a user action. */
  resetFailures(): void {
    this.#failures = 0;
  }

  /** Plays an entry, or stops the node if there is none. */
  playOrIdle(entry: QueueEntry | null): void {
    if (entry) this.#play(entry, 0);
    else this.#idle();
  }

  /** Moves to a position of the current track. */
  seek(positionMs: number): void {
    const state = this.#state;
    if (state.type === "idle") return;
    const { attempt } = state;
    this.player.position.set(positionMs);
    attempt.hasBeenSeeked = true;
    if (this.#startedAttempt) {
      this.player.seek(positionMs);
      this.#timers.set("seek", messageDelayMs, () => {});
    } else {
      // The track has not started, so the node cannot seek in it: play it from there instead.
      this.#play(attempt.entry, positionMs, attempt.number);
    }
  }

  /** Reschedules the preload after the next entry, or the time of the track's end, may have changed. */
  schedulePreload(): void {
    this.#preloader.schedule(this.#startedAttempt);
  }

  /** Destroys the player on the node if no entry is being played. */
  release(): void {
    if (this.#state.type === "idle") this.player.destroy();
  }

  /** Detaches from the player, or destroys it. */
  close(isDestroyed: boolean): void {
    if (isDestroyed) this.player.destroy();
    this.#timers.clearAll();
    this.#link.close();
  }

  handleTrackStart({ track }: TrackStartEvent): void {
    const { key, positionMs } = identify(track);
    const before = this.#state;
    if (before.type === "idle") {
      // A preloaded track that started after playback was stopped.
      if (!this.#queue.current) this.player.stop();
      return;
    }
    const preloaded = this.#preloader.entry;
    if (key !== before.attempt.key && preloaded && key === identify(preloaded.track.track).key) {
      // The end event of the previous track was lost.
      this.#finish(before.attempt);
    }
    const state = this.#state;
    if (state.type === "idle" || key !== state.attempt.key) return;
    const { attempt } = state;
    const isFirst = state.type === "starting" || state.type === "retrying";
    if (isFirst) this.#transition({ type: "playing", attempt, isRetryPending: state.type === "retrying" });
    attempt.startedAtMs = this.#now;
    if (positionMs !== null) this.player.position.set(positionMs);
    this.player.advance();
    this.#restartSilenceTimer();
    this.schedulePreload();
    if (isFirst) this.#emit(new EntryStartEvent(attempt.entry, attempt.number > 1 || attempt.fromMs > 0));
    this.#emit(new QueueChangeEvent());
  }

  handleTrackEnd({ track, mayStartNext, reason }: TrackEndEvent): void {
    const attempt = this.#startedAttempt;
    const { key, positionMs } = identify(track);
    if (!attempt || key !== attempt.key || !mayStartNext) return;
    if (positionMs !== null) this.player.position.set(positionMs);
    const isLooped = this.#queue.loop !== "off";
    const fault = attempt.faultOfEnd(reason, this.player.position.ms, this.#now, isLooped);
    if (fault === null) this.#finish(attempt);
    else this.#fail(attempt, fault);
  }

  handleTrackException({ track, error }: TrackExceptionEvent): void {
    const attempt = this.#startedAttempt;
    if (attempt && identify(track).key === attempt.key) attempt.error = error ?? "playback was interrupted";
  }

  handleTrackStuck({ track }: TrackStuckEvent): void {
    const attempt = this.#startedAttempt;
    const { key, positionMs } = identify(track);
    if (!attempt || key !== attempt.key) return;
    if (positionMs !== null) this.player.position.set(positionMs);
    this.#fail(attempt, "the track is stuck");
  }

  handlePlayerUpdate(player: Player | null): void {
    const state = this.#state;
    // While resuming or stale, a position may belong to another track; the query reply decides that.
    if (state.type !== "playing" || this.#link.isStale) return;
    this.#restartSilenceTimer();
    if (!player || player.position === null) {
      // The end event may still be in transit. If it does not arrive, query what happened.
      this.#timers.start("end", messageDelayMs, () => this.#link.queryPlayer());
      return;
    }
    this.#timers.clear("end");
    const nodeMs = 1_000 * player.position;
    // An update that was in transit during a seek reports the position before it.
    const isOutdated = this.#timers.has("seek") && state.attempt.isFarFrom(nodeMs, this.player.position.ms);
    if (!isOutdated) this.player.position.set(nodeMs);
    this.player.advance(player.paused);
    this.schedulePreload();
  }

  handlePlayerDestroyed(): void {
    if (this.#state.type !== "idle") this.#link.queryPlayer();
  }

  handleDisconnect(): void {
    this.player.freeze();
    this.#link.queryPlayer();
  }

  handleSendError(error: unknown): void {
    this.#emit(new NodeErrorEvent(error));
  }

  /** Reconciles the player on the node with the entry that it is meant to play. */
  handleQueryReply(player: Player | null, wasStale: boolean): void {
    if (!player) this.player.invalidateFilters();
    const state = this.#state;
    switch (state.type) {
      case "idle":
        if (player && player.position !== null) this.player.stop();
        return;
      case "retrying":
        return;
      case "starting": {
        const { attempt } = state;
        if (wasStale) this.#play(attempt.entry, attempt.fromMs, attempt.number);
        else if (state.isOverdue) this.#fail(attempt, "the node did not start the track");
        return;
      }
      case "playing":
        if (!state.isRetryPending) this.#reconcile(state.attempt, player);
        return;
      case "resuming":
        this.#reconcile(state.attempt, player, state.saved);
    }
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  get #attempt(): PlaybackAttempt | undefined {
    return this.#state.type === "idle" ? undefined : this.#state.attempt;
  }

  /** The attempt whose track has started on the node, even if that was before this process started. */
  get #startedAttempt(): PlaybackAttempt | undefined {
    const state = this.#state;
    return state.type === "playing" || state.type === "resuming" ? state.attempt : undefined;
  }

  /** Changes the state: ends the timers of the old one, and starts those of the new one. */
  #transition(next: State): void {
    this.#state = next;
    if (next.type === "playing" || next.type === "resuming") {
      // The other timers watch the track on the node, or are a pending retry, and continue.
      this.#timers.clear("start");
      this.player.trackStatus = "started";
      return;
    }
    this.#timers.clearAll();
    this.player.trackStatus = next.type === "idle" ? "none" : "pending";
    this.player.freeze();
    switch (next.type) {
      case "idle":
        this.#preloader.forget();
        this.player.clearPaused();
        this.player.position.set(0);
        break;
      case "starting":
        this.#preloader.forget();
        this.player.position.set(next.attempt.fromMs);
        this.#timers.set("start", this.#settings.startTimeoutMs, () => {
          next.isOverdue = true;
          this.#link.queryPlayer();
        });
        break;
      case "retrying": {
        const { attempt, retry } = next;
        this.#timers.set("retry", retry.delayMs, () => this.#play(attempt.entry, retry.fromMs, retry.number));
      }
    }
  }

  #idle(): void {
    if (this.#state.type === "idle") return;
    this.#transition({ type: "idle" });
    this.player.stop();
    this.#emit(new QueueIdleEvent());
  }

  #play(entry: QueueEntry, fromMs: number, number = 1): void {
    this.#expectStart(entry, fromMs, number);
    this.player.play(entry, fromMs);
  }

  #expectStart(entry: QueueEntry, fromMs: number, number: number): void {
    const attempt = new PlaybackAttempt(entry, fromMs, number, this.#now);
    this.#transition({ type: "starting", attempt, isOverdue: false });
  }

  /** Queries the player if the node reports nothing about a started track for too long. */
  #restartSilenceTimer(): void {
    this.#timers.set("silence", this.#settings.silenceMs, () => this.#link.queryPlayer());
  }

  #reconcile(attempt: PlaybackAttempt, player: Player | null, saved?: PlaybackState): void {
    if (!player) this.#restore(attempt);
    else if (player.position === null) this.#finish(attempt);
    else this.#compare(attempt, 1_000 * player.position, saved);
  }

  /** Infers from the reported position which track the node plays: a player state does not name it. */
  #compare(attempt: PlaybackAttempt, nodeMs: number, saved: PlaybackState | undefined): void {
    const preloadedId = this.#preloader.entry?.id ?? saved?.preloadedId ?? null;
    const passedMs = saved?.paused ? 0 : Math.max(0, Date.now() - (saved?.savedAtMs ?? 0));
    const verdict = attempt.compare(nodeMs, {
      positionMs: this.player.position.ms,
      absentMs: saved ? passedMs * this.player.position.speed : null,
      hasNext: preloadedId !== null,
    });
    if (verdict === "advanced") {
      this.#emit(new EntryEndEvent(attempt.entry, "finished"));
      const next = this.#queue.next();
      if (next?.id !== preloadedId) {
        this.playOrIdle(next);
        return;
      }
      const nextAttempt = new PlaybackAttempt(next, 0, 1, this.#now);
      this.#transition({ type: "playing", attempt: nextAttempt, isRetryPending: false });
      this.#preloader.forget();
      this.#emit(new EntryStartEvent(next, true));
      this.#attach(next, nodeMs);
    } else if (verdict === "behind") this.#play(attempt.entry, this.player.position.ms, attempt.number);
    else {
      this.#transition({ type: "playing", attempt, isRetryPending: false });
      this.#attach(attempt.entry, nodeMs);
    }
  }

  /** Adopts a player that already plays the entry. */
  #attach(entry: QueueEntry, positionMs: number): void {
    this.player.position.set(positionMs);
    this.player.advance();
    this.player.attach(entry, positionMs);
    this.#restartSilenceTimer();
    this.schedulePreload();
    this.#emit(new QueueChangeEvent());
  }

  /** Plays the entry again after its player disappeared from the node, which is not known to be its fault. */
  #restore(attempt: PlaybackAttempt): void {
    const { retries, healthyMs } = this.#settings;
    const number = attempt.wasHealthy(this.player.position.ms, healthyMs) ? 1 : attempt.number + 1;
    // Bounded, because a track that crashes its node would do so forever.
    if (number > retries + 1) this.#giveUp(attempt, "the node lost its player repeatedly during this track");
    else this.#play(attempt.entry, this.positionMs, number);
  }

  #fail(attempt: PlaybackAttempt, error: string): void {
    const { retries, retryDelayMs, healthyMs } = this.#settings;
    const fromMs = attempt.entry.track.isSeekable ? this.positionMs : 0;
    const number = attempt.wasHealthy(this.player.position.ms, healthyMs) ? 1 : attempt.number;
    if (number > retries) {
      this.#giveUp(attempt, error);
      return;
    }
    const retry = { fromMs, number: number + 1, delayMs: retryDelayMs * number };
    this.#transition({ type: "retrying", attempt, retry });
  }

  #giveUp({ entry }: PlaybackAttempt, error: string): void {
    this.#queue.dropCurrent();
    this.#failures++;
    this.#emit(new EntryEndEvent(entry, "failed", error));
    if (this.#failures >= this.#settings.maxFailures && this.#queue.upcoming.length > 0) {
      this.#transition({ type: "idle" });
      this.player.stop();
      this.#emit(new QueueHaltEvent(this.#failures));
    } else this.playOrIdle(this.#queue.next());
    this.#emit(new QueueChangeEvent());
  }

  /** Advances the queue after a regular end; the node may have started the next entry already. */
  #finish({ entry }: PlaybackAttempt): void {
    this.#failures = 0;
    this.#emit(new EntryEndEvent(entry, "finished"));
    const preloaded = this.#preloader.entry;
    const next = this.#queue.next();
    if (next && preloaded?.id === next.id) this.#expectStart(next, 0, 1);
    else this.playOrIdle(next);
    this.#emit(new QueueChangeEvent());
  }
}
