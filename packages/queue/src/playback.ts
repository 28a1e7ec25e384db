import {
  Play,
  type Player,
  type SendOperation,
  type TrackEndEvent,
  type TrackExceptionEvent,
  type TrackStartEvent,
  type TrackStuckEvent,
} from "@asterite/andesite";
import { createQueueLog, type QueueLog } from "./debug.ts";
import type { QueueEntry } from "./entry.ts";
import {
  EntryEndEvent,
  type EntryFailure,
  EntryStartEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEvent,
  QueueHaltEvent,
} from "./events.ts";
import { FailurePolicy, isArgumentError } from "./failure-policy.ts";
import { type AnsweredQuery, NodeLink, type NodeLinkListener, type QueueNode } from "./node-link.ts";
import { NodePlayer } from "./node-player.ts";
import { PlaybackAttempt } from "./playback-attempt.ts";
import type { PlaybackListener, PlaybackPhase } from "./playback-phase.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { Preloader } from "./preloader.ts";
import type { Queue } from "./queue.ts";
import type { PlaybackState } from "./snapshot.ts";
import { Timers } from "./timers.ts";
import { findTrackProblem, identify } from "./track-identity.ts";

/**
 * Longest expected delay of a message from the node, in ms: of a track's end, or of an update sent before a
 * seek.
 */
const messageDelayMs = 2_000;

/**
 * State machine that plays the entries of a queue on a node, and advances the queue when the node is done.
 * Events are emitted after the change that they report, so that a listener may change the queue again.
 */
export class Playback<Data = unknown> implements NodeLinkListener {
  readonly #settings: QueuePlayerSettings;
  readonly #queue: Queue<Data>;
  readonly #listener: PlaybackListener<Data>;
  readonly #log: QueueLog;
  readonly #link: NodeLink;
  readonly player: NodePlayer;
  readonly #preloader: Preloader;
  readonly #timers: Timers<"start" | "preload" | "retry" | "silence" | "end" | "seek">;
  readonly #failures: FailurePolicy;
  #state: PlaybackPhase<Data> = { type: "idle" };

  constructor(
    node: QueueNode,
    guildId: string,
    settings: QueuePlayerSettings,
    queue: Queue<Data>,
    listener: PlaybackListener<Data>,
  ) {
    this.#settings = settings;
    this.#queue = queue;
    this.#listener = listener;
    this.#log = createQueueLog(settings.debug, guildId);
    this.#timers = new Timers(settings.clock);
    this.#failures = new FailurePolicy(settings);
    this.#link = new NodeLink(node, guildId, this, settings, this.#log);
    this.player = new NodePlayer(settings, this.#link);
    this.#preloader = new Preloader(settings, queue, this.player, this.#timers, (event) => this.#emit(event));
  }

  /** Entry that the node plays or is meant to play. */
  get entry(): QueueEntry<Data> | null {
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
      ...this.player.toSnapshot(),
      positionMs: this.#queue.current ? this.positionMs : 0,
      savedAtMs: Date.now(),
      preloadedId: this.#preloader.entry?.id ?? null,
      gapless: this.gapless,
      mixer: this.#link.mixer,
    };
  }

  /** Resumes the current entry of a queue that was restored from a snapshot. */
  start(current: QueueEntry<Data>): void {
    const attempt = new PlaybackAttempt(current, this.#now, {
      fromMs: this.player.position.ms,
      isResumed: true,
    });
    this.#transition({ type: "resuming", attempt, saved: this.#settings.snapshot });
    this.#link.queryPlayer();
  }

  /** Resets the failure counter after a user action. */
  resetFailures(): void {
    this.#failures.reset();
  }

  /** Plays the next entry of the queue, if there is one. */
  playNext(): void {
    const next = this.#queue.next();
    if (next) this.#play(new PlaybackAttempt(next, this.#now));
    else this.#link.restoreMixer();
  }

  /**
   * Plays another entry after a user action, or stops the node if there is none. A pause ends.
   *
   * @param end - Reports the entry that was current; null if there was none.
   */
  replace(end: EntryEndEvent<Data> | null, next: QueueEntry<Data> | null): void {
    this.#failures.reset();
    this.player.clearPaused();
    this.#advance(end, next, false);
  }

  /** Moves to a position of the current track. */
  seek(positionMs: number): void {
    const state = this.#state;
    if (state.type === "idle") return;
    const { attempt } = state;
    this.player.position.set(positionMs);
    attempt.recordSeek(positionMs);
    if (this.#startedAttempt) {
      this.player.seek(positionMs);
      this.#timers.set("seek", messageDelayMs, () => {});
    } else {
      // The track has not started, so the node cannot seek in it: play it from there instead.
      this.#play(attempt.again(this.#now, { fromMs: positionMs, number: attempt.number }));
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
    if (isFirst) this.#transition({ type: "playing", attempt });
    attempt.recordStart(positionMs, this.#now);
    if (positionMs !== null) this.player.position.set(positionMs);
    this.player.advance();
    this.#restartSilenceTimer();
    this.schedulePreload();
    if (isFirst) this.#emit(new EntryStartEvent(attempt.entry, attempt.isResumed));
    this.#emit(new QueueChangeEvent());
  }

  handleTrackEnd({ track, mayStartNext, reason }: TrackEndEvent): void {
    const { key, positionMs } = identify(track);
    // A track that cannot be loaded may end without having started.
    const attempt = reason === "LOAD_FAILED" ? this.#attempt : this.#startedAttempt;
    if (!attempt || key !== attempt.key || !mayStartNext || this.#state.type === "retrying") return;
    if (positionMs !== null) this.player.position.set(positionMs);
    const isLooped = this.#queue.loop !== "off";
    const failure = attempt.faultOfEnd(reason, this.player.position.ms, this.#now, isLooped);
    if (failure) this.#fail(attempt, failure, true);
    else this.#finish(attempt);
  }

  handleTrackException({ track, error }: TrackExceptionEvent): void {
    const attempt = this.#attempt;
    if (attempt && identify(track).key === attempt.key) attempt.error = error ?? "playback was interrupted";
  }

  handleTrackStuck({ track }: TrackStuckEvent): void {
    const attempt = this.#startedAttempt;
    const { key, positionMs } = identify(track);
    if (!attempt || key !== attempt.key) return;
    if (positionMs !== null) this.player.position.set(positionMs);
    this.#fail(attempt, { code: "TRACK_STUCK", message: "the node gets no more audio of this track" });
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
    this.#attempt?.recordLoss(this.#now);
    this.player.freeze();
    this.#link.queryPlayer();
  }

  readonly handleMixerChange = (): void => this.#emit(new QueueChangeEvent());

  handleSendError(error: unknown, operation: SendOperation | undefined): void {
    const state = this.#state;
    const isTrack = operation instanceof Play && operation.track === this.#attempt?.entry.track.track;
    if (isTrack && state.type === "starting" && isArgumentError(error)) {
      this.#fail(state.attempt, { code: "TRACK_MALFORMED", message: error.message });
    } else this.#emit(new NodeErrorEvent(error));
  }

  /** Reconciles the player on the node with the entry that it is meant to play. */
  handleQueryReply(player: Player | null, { wasStale, isEffect }: AnsweredQuery): void {
    if (!player) this.player.invalidateFilters();
    const hasTrack = player !== null && player.position !== null;
    const state = this.#state;
    switch (state.type) {
      case "idle":
        if (hasTrack) this.player.stop();
        return;
      case "retrying":
        return;
      case "starting": {
        const { attempt } = state;
        if (wasStale && !player) this.#restore(attempt);
        else if (wasStale || !(hasTrack || state.isSent)) {
          this.#play(attempt.again(this.#now, attempt));
        } else if (!hasTrack) {
          this.#fail(attempt, { code: "TRACK_REJECTED", message: "the node did not accept the track" });
        } else if (state.isOverdue) {
          const message = "the node did not report the start of the track";
          this.#fail(attempt, { code: "START_TIMED_OUT", message });
        }
        return;
      }
      case "playing":
        // The start of the track has shown the effect already.
        if (wasStale || !isEffect) this.#reconcile(state.attempt, player);
        return;
      case "resuming":
        this.#reconcile(state.attempt, player, state.saved);
    }
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  get #attempt(): PlaybackAttempt<Data> | undefined {
    return this.#state.type === "idle" ? undefined : this.#state.attempt;
  }

  /** The attempt whose track has started on the node, even if that was before this process started. */
  get #startedAttempt(): PlaybackAttempt<Data> | undefined {
    const state = this.#state;
    return state.type === "playing" || state.type === "resuming" ? state.attempt : undefined;
  }

  /** Changes the state: ends the timers of the old one, and starts those of the new one. */
  #transition(next: PlaybackPhase<Data>): void {
    this.#log?.("state-changed", {
      from: this.#state.type,
      to: next.type,
      entry: next.type === "idle" ? undefined : next.attempt.entry.id,
      attempt: next.type === "idle" ? undefined : next.attempt.number,
    });
    this.#state = next;
    if (next.type === "playing" || next.type === "resuming") {
      // The other timers watch the track on the node, and continue.
      this.#timers.clear("start");
      this.#timers.clear("retry");
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
        this.#preloader.forget();
        const { attempt, retry } = next;
        this.#timers.set("retry", retry.delayMs, () => this.#play(attempt.again(this.#now, retry)));
      }
    }
  }

  #emit(event: QueueEvent<Data>): void {
    this.#listener.emit(event);
  }

  #play(attempt: PlaybackAttempt<Data>): void {
    const { entry, fromMs } = attempt;
    this.#transition({ type: "starting", attempt, isSent: true, isOverdue: false });
    const problem = findTrackProblem(entry.track.track);
    if (problem === undefined) {
      this.player.play(entry, fromMs);
      this.#link.queryEffect();
      return;
    }
    // Later, because the caller may still be adding entries, and a long list of such tracks must not recurse.
    const failure: EntryFailure = { code: "TRACK_MALFORMED", message: `the track is damaged: ${problem}` };
    this.#timers.set("start", 0, () => this.#fail(attempt, failure));
  }

  /**
   * Plays the next entry, or stops the node if there is none, and then reports the end of the current one.
   *
   * @param hasNodeAdvanced - Whether the node has started the preloaded entry, if there is one.
   */
  #advance(end: EntryEndEvent<Data> | null, next: QueueEntry<Data> | null, hasNodeAdvanced: boolean): void {
    const wasIdle = this.#state.type === "idle";
    const attempt = next && new PlaybackAttempt(next, this.#now);
    if (attempt && hasNodeAdvanced && this.#preloader.entry?.id === attempt.entry.id) {
      this.#transition({ type: "starting", attempt, isSent: false, isOverdue: false });
      this.#link.queryEffect();
    } else if (attempt) this.#play(attempt);
    else if (!wasIdle) this.#stop();
    if (end) this.#emit(end);
    const isIdle = this.#state.type === "idle" && this.#queue.current === null;
    if (!next && !wasIdle && isIdle) {
      const canContinue = end?.reason !== "stopped" && !this.#failures.isExhausted;
      this.#listener.handleRunOut(canContinue && end ? end.entry : null);
    }
    this.#emit(new QueueChangeEvent());
  }

  #stop(): void {
    this.#transition({ type: "idle" });
    this.player.stop();
  }

  /** Queries the player if the node reports nothing about a started track for too long. */
  #restartSilenceTimer(): void {
    this.#timers.set("silence", this.#settings.silenceMs, () => this.#link.queryPlayer());
  }

  #reconcile(attempt: PlaybackAttempt<Data>, player: Player | null, saved?: PlaybackState): void {
    if (!player) this.#restore(attempt);
    else if (player.position === null) this.#finish(attempt);
    else this.#compare(attempt, 1_000 * player.position, saved);
  }

  /** Infers from the reported position which track the node plays: a player state does not name it. */
  #compare(attempt: PlaybackAttempt<Data>, nodeMs: number, saved: PlaybackState | undefined): void {
    const preloadedId = this.#preloader.entry?.id ?? saved?.preloadedId ?? null;
    const absenceMs = saved ? Math.max(0, Date.now() - saved.savedAtMs) : attempt.absenceMs(this.#now);
    const speed = this.player.paused ? 0 : this.player.position.speed;
    const verdict = attempt.compare(nodeMs, {
      positionMs: this.player.position.ms,
      absentMs: absenceMs === null ? null : absenceMs * speed,
      hasNext: preloadedId !== null,
    });
    if (verdict === "advanced") {
      this.#failures.reset();
      const end = new EntryEndEvent(attempt.entry, "finished");
      const next = this.#queue.next();
      if (next?.id !== preloadedId) {
        this.#advance(end, next, false);
        return;
      }
      const nextAttempt = new PlaybackAttempt(next, this.#now);
      nextAttempt.recordStart(null, this.#now);
      this.#transition({ type: "playing", attempt: nextAttempt });
      this.#attach(nextAttempt, nodeMs);
      this.#emit(end);
      if (this.#attempt === nextAttempt) this.#emit(new EntryStartEvent(next, true));
    } else if (verdict === "behind") {
      const fromMs = this.player.position.ms;
      this.#play(attempt.again(this.#now, { fromMs, number: attempt.number }));
      return;
    } else {
      this.#transition({ type: "playing", attempt });
      this.#attach(attempt, nodeMs);
    }
    this.#emit(new QueueChangeEvent());
  }

  /** Adopts a player that already plays the entry of an attempt. */
  #attach(attempt: PlaybackAttempt<Data>, positionMs: number): void {
    attempt.recordReturn();
    // The player may have been restored without the next track; sent again, it replaces itself.
    this.#preloader.forget();
    this.player.position.set(positionMs);
    this.player.advance();
    this.player.attach(attempt.entry, positionMs);
    this.#restartSilenceTimer();
    this.schedulePreload();
  }

  /** Plays the entry again after its player disappeared from the node, which is not known to be its fault. */
  #restore(attempt: PlaybackAttempt<Data>): void {
    const number = this.#failures.restore(attempt, this.#now);
    const fromMs = attempt.entry.track.isSeekable ? this.positionMs : 0;
    if (number !== undefined) {
      this.#play(attempt.again(this.#now, { fromMs, number }));
      return;
    }
    const message = "the node lost its player repeatedly during this track";
    this.#giveUp(attempt, { code: "PLAYER_LOST", message }, false);
  }

  /** @param hasNodeAdvanced - Whether the track has ended on the node, which then starts the preloaded one. */
  #fail(attempt: PlaybackAttempt<Data>, failure: EntryFailure, hasNodeAdvanced = false): void {
    // A retry would interrupt the preloaded entry, which the node has started.
    const isNextPlaying = hasNodeAdvanced && this.#preloader.entry !== null;
    const retry = isNextPlaying ? undefined : this.#failures.retry(attempt, failure, this.positionMs);
    if (retry) {
      this.#log?.("retry-scheduled", { entry: attempt.entry.id, ...failure, ...retry });
      this.#transition({ type: "retrying", attempt, retry });
    } else this.#giveUp(attempt, failure, hasNodeAdvanced);
  }

  #giveUp({ entry }: PlaybackAttempt<Data>, failure: EntryFailure, hasNodeAdvanced: boolean): void {
    this.#log?.("entry-failed", { entry: entry.id, ...failure });
    this.#queue.dropCurrent();
    this.#failures.recordFailure();
    const { failures, isExhausted } = this.#failures;
    const end = new EntryEndEvent(entry, "failed", failure);
    if (!isExhausted || this.#queue.upcoming.length === 0) {
      this.#advance(end, this.#queue.next(), hasNodeAdvanced);
      return;
    }
    this.#stop();
    this.#emit(end);
    if (this.#state.type === "idle") this.#emit(new QueueHaltEvent(failures));
    this.#emit(new QueueChangeEvent());
  }

  /** Advances the queue after a regular end; the node may have started the next entry already. */
  #finish({ entry }: PlaybackAttempt<Data>): void {
    this.#failures.reset();
    this.#advance(new EntryEndEvent(entry, "finished"), this.#queue.next(), true);
  }
}
