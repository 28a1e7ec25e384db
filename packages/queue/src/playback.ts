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
import { NodeLink, type QueueNode } from "./node-link.ts";
import { NodePlayer } from "./node-player.ts";
import { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { Preloader } from "./preloader.ts";
import type { Queue } from "./queue.ts";
import type { PlaybackState } from "./snapshot.ts";
import { Timers } from "./timers.ts";
import { identify } from "./track-identity.ts";

/** How long what a node says may take to arrive: the end of a track after its last sign, the answer to a seek. */
const lateMs = 2_000;

/** Makes a node play what a queue decides, and the queue decide when the node is done. */
export class Playback {
  readonly #settings: QueuePlayerSettings;
  readonly #queue: Queue;
  readonly #emit: (event: QueueEvent) => void;
  readonly #link: NodeLink;
  readonly player: NodePlayer;
  readonly #preload: Preloader;
  readonly #timers: Timers<"start" | "preload" | "retry" | "silence" | "end" | "sought">;
  #running: PlaybackAttempt | null = null;
  #stored: PlaybackState | null;
  /** Whether a connection was lost, so that orders may have been lost with it. */
  #wasLost = false;
  /** Whether the player is on another node now, where nothing has been played yet. */
  #wasMoved = false;
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
    const stored = settings.snapshot ?? null;
    this.#stored = stored?.current ? stored : null;
    this.#timers = new Timers(settings.clock);
    this.#link = new NodeLink(node, guildId, {
      started: (event) => this.#onStart(event),
      ended: (event) => this.#onEnd(event),
      failed: (event) => this.#onException(event),
      stuck: (event) => this.#onStuck(event),
      updated: (player) => this.#onUpdate(player),
      destroyed: () => {
        if (this.#running) this.#link.ask();
      },
      answered: (player) => this.#reconcile(player),
      disconnected: () => {
        this.#wasLost = true;
        this.player.stand();
        this.#link.ask();
      },
      moved: () => {
        this.#wasMoved = true;
      },
      sendingFailed: (error) => emit(new NodeErrorEvent(error)),
    });
    this.player = new NodePlayer(
      settings,
      (operation) => this.#link.send(operation),
      () => this.#running,
    );
    this.#preload = new Preloader({
      ...{ settings, queue, player: this.player, timers: this.#timers },
      changed: () => emit(new QueueChangeEvent()),
    });
  }

  /** What the node is to play. */
  get entry(): QueueEntry | null {
    return this.#running?.entry ?? null;
  }

  get positionMs(): number {
    const lengthMs = this.#queue.current?.track.lengthMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.player.position.ms, lengthMs);
  }

  get gapless(): boolean {
    return this.#preload.isOn;
  }

  set gapless(isGapless: boolean) {
    this.#preload.isOn = isGapless;
    this.schedulePreload();
  }

  /** What of this outlives the program. */
  get content(): PlaybackState {
    return {
      positionMs: this.#queue.current ? this.positionMs : 0,
      savedAtMs: Date.now(),
      preloadedId: this.#preload.entry?.id ?? null,
      paused: this.player.paused,
      volume: this.player.volume,
      filters: this.player.filters,
    };
  }

  /** Goes on with the current entry of a queue that comes from a snapshot. */
  start(current: QueueEntry): void {
    // As if it had started already: the node's answer tells what has become of it.
    this.#running = new PlaybackAttempt(current, this.player.position.ms, 1, this.#now, true);
    this.#link.ask();
  }

  /** Somebody wants something: what failed before does not count any more. */
  forgive(): void {
    this.#failures = 0;
  }

  /** Plays an entry, or nothing. */
  playOrRest(entry: QueueEntry | null): void {
    if (entry) this.#play(entry, 0);
    else this.rest();
  }

  /** Plays nothing. */
  rest(): void {
    if (!this.#running) return;
    this.#clear();
    this.player.stop();
    this.#emit(new QueueIdleEvent());
  }

  /** Goes to a position of what plays. */
  seek(positionMs: number): void {
    const running = this.#running;
    if (!running) return;
    this.player.position.set(positionMs);
    running.hasBeenSeeked = true;
    if (running.hasStarted) {
      this.player.seek(positionMs);
      this.#timers.set("sought", lateMs, () => {});
    } else {
      // It has not been told to start, or not heard of it yet: it starts there instead.
      this.#play(running.entry, positionMs, running.number);
    }
  }

  /** What follows, or when, may have changed. */
  schedulePreload(): void {
    this.#preload.schedule(this.#running);
  }

  /** Ends the player on the node while it has nothing to play. */
  release(): void {
    if (this.#running) return;
    this.player.destroy();
  }

  /** Lets go of the player, or ends it. */
  close(isEnd: boolean): void {
    if (isEnd) this.player.destroy();
    this.#timers.clearAll();
    this.#link.close();
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  #clear(): void {
    this.#running = null;
    this.#preload.forget();
    this.player.rested();
    this.#timers.clearAll();
    this.player.stand();
    this.player.position.set(0);
  }

  #play(entry: QueueEntry, fromMs: number, attempt = 1): void {
    this.#expect(entry, fromMs, attempt);
    this.player.play(entry, fromMs);
  }

  /** The node is about to start an entry. */
  #expect(entry: QueueEntry, fromMs: number, attempt: number): void {
    this.#timers.clearAll();
    this.#stored = null;
    this.#preload.forget();
    this.#running = new PlaybackAttempt(entry, fromMs, attempt, this.#now);
    this.player.stand();
    this.player.position.set(fromMs);
    this.#timers.set("start", this.#settings.startTimeoutMs, () => this.#link.ask());
  }

  #onStart({ track }: TrackStartEvent): void {
    const { key, positionMs } = identify(track);
    // It was handed over before everything was stopped.
    if (!this.#running) {
      if (!this.#queue.current) this.player.stop();
      return;
    }
    const preloaded = this.#preload.entry;
    if (key !== this.#running.key && preloaded && key === identify(preloaded.track.track).key) {
      // The end of the track before it was lost.
      this.#finish(this.#running);
    }
    const running = this.#running;
    if (key !== running?.key) return;
    const isFirst = !running.hasStarted;
    running.hasStarted = true;
    running.startedAtMs = this.#now;
    this.#timers.clear("start");
    if (positionMs !== null) this.player.position.set(positionMs);
    this.player.move();
    this.#listenForSigns();
    this.schedulePreload();
    if (isFirst) this.#emit(new EntryStartEvent(running.entry, running.number > 1 || running.fromMs > 0));
    this.#emit(new QueueChangeEvent());
  }

  #onEnd({ track, mayStartNext, reason }: TrackEndEvent): void {
    const running = this.#running;
    const { key, positionMs } = identify(track);
    // Before its start was told this is the end of the track before it, which is over for us.
    if (!running?.hasStarted || key !== running.key || !mayStartNext) return;
    if (positionMs !== null) this.player.position.set(positionMs);
    const isLooped = this.#queue.loop !== "off";
    const fault = running.faultOfEnd(reason, this.player.position.ms, this.#now, isLooped);
    if (fault === null) this.#finish(running);
    else this.#fail(running, fault);
  }

  #onException({ track, error }: TrackExceptionEvent): void {
    const running = this.#running;
    if (running?.hasStarted && identify(track).key === running.key) running.error = error ?? "it broke off";
  }

  #onStuck({ track }: TrackStuckEvent): void {
    const running = this.#running;
    const { key, positionMs } = identify(track);
    if (!running?.hasStarted || key !== running.key) return;
    if (positionMs !== null) this.player.position.set(positionMs);
    this.#fail(running, "it gives no audio");
  }

  #onUpdate(player: Player | null): void {
    // Where it is cannot be told apart from another track until it has been compared with what is remembered.
    const running = this.#running;
    if (!running?.hasStarted || this.#wasLost || this.#stored) return;
    this.#listenForSigns();
    if (!player || player.position === null) {
      // Its end may still be on its way; if it is not, the node has to be asked what happened.
      this.#timers.start("end", lateMs, () => this.#link.ask());
      return;
    }
    this.#timers.clear("end");
    const nodeMs = 1_000 * player.position;
    // What was on its way when somebody sought is about the time before.
    const isOld = this.#timers.has("sought") && running.isFarFrom(nodeMs, this.player.position.ms);
    if (!isOld) this.player.position.set(nodeMs);
    this.player.move(player.paused);
    this.schedulePreload();
  }

  #listenForSigns(): void {
    this.#timers.set("silence", this.#settings.silenceMs, () => this.#link.ask());
  }

  /** The node has told what its player does: makes sure that it is what it should. */
  #reconcile(answer: Player | null): void {
    const wasLost = this.#wasLost;
    this.#wasLost = false;
    // A player there that plays nothing comes from a setting that was on its way.
    const player = this.#wasMoved && answer?.position === null ? null : answer;
    this.#wasMoved = false;
    if (!player) this.player.lost();
    const running = this.#running;
    if (!running) {
      if (player && player.position !== null) this.player.stop();
      return;
    }
    const stored = this.#stored;
    this.#stored = null;
    // It is to be tried again later anyway.
    if (this.#timers.has("retry")) return;
    if (!running.hasStarted) {
      if (wasLost) this.#play(running.entry, running.fromMs, running.number);
      else if (!this.#timers.has("start")) this.#fail(running, "the node does not play it");
    } else if (!player) this.#again(running);
    else if (player.position === null) this.#finish(running);
    else this.#compare(running, 1_000 * player.position, stored);
  }

  /** The node plays something: nothing tells what but its position. */
  #compare(running: PlaybackAttempt, nodeMs: number, stored: PlaybackState | null): void {
    const preloadedId = this.#preload.entry?.id ?? stored?.preloadedId ?? null;
    const passedMs = stored?.paused ? 0 : Math.max(0, Date.now() - (stored?.savedAtMs ?? 0));
    const verdict = running.compare(nodeMs, {
      positionMs: this.player.position.ms,
      absentMs: stored && passedMs * this.player.position.speed,
      hasNext: preloadedId !== null,
    });
    if (verdict === "went-on") {
      // The node went on by itself while nobody was here.
      this.#emit(new EntryEndEvent(running.entry, "finished"));
      const next = this.#queue.next();
      if (next?.id !== preloadedId) {
        this.playOrRest(next);
        return;
      }
      this.#running = new PlaybackAttempt(next, 0, 1, this.#now, true);
      this.#preload.forget();
      this.#emit(new EntryStartEvent(next, true));
      this.#attach(next, nodeMs);
    } else if (verdict === "behind") this.#play(running.entry, this.player.position.ms, running.number);
    else this.#attach(running.entry, nodeMs);
  }

  /** The node plays what it should: only makes sure that its events come here, and that its settings are ours. */
  #attach(entry: QueueEntry, positionMs: number): void {
    this.player.position.set(positionMs);
    this.player.move();
    this.player.attach(entry, positionMs);
    this.#listenForSigns();
    this.schedulePreload();
    this.#emit(new QueueChangeEvent());
  }

  /** The player is gone from the node through no fault of the track, as far as anybody knows. */
  #again(running: PlaybackAttempt): void {
    const { retries, healthyMs } = this.#settings;
    const attempt = running.wasHealthy(this.player.position.ms, healthyMs) ? 1 : running.number + 1;
    // A track that brings its node down each time must not do so for ever.
    if (attempt > retries + 1) this.#giveUp(running, "its node went away again and again");
    else this.#play(running.entry, this.positionMs, attempt);
  }

  #fail(running: PlaybackAttempt, error: string): void {
    const { retries, retryDelayMs, healthyMs } = this.#settings;
    const { entry } = running;
    const fromMs = entry.track.isSeekable ? this.positionMs : 0;
    const attempt = running.wasHealthy(this.player.position.ms, healthyMs) ? 1 : running.number;
    if (attempt > retries) {
      this.#giveUp(running, error);
      return;
    }
    this.#timers.clearAll();
    running.hasStarted = false;
    this.player.stand();
    this.#timers.set("retry", retryDelayMs * attempt, () => this.#play(entry, fromMs, attempt + 1));
  }

  #giveUp({ entry }: PlaybackAttempt, error: string): void {
    this.#queue.dropCurrent();
    this.#failures++;
    this.#emit(new EntryEndEvent(entry, "failed", error));
    if (this.#failures >= this.#settings.maxFailures && this.#queue.upcoming.length > 0) {
      this.#clear();
      this.player.stop();
      this.#emit(new QueueHaltEvent(this.#failures));
    } else this.playOrRest(this.#queue.next());
    this.#emit(new QueueChangeEvent());
  }

  /** The entry has been played to its end; the node may have the next one already. */
  #finish({ entry }: PlaybackAttempt): void {
    this.#failures = 0;
    this.#emit(new EntryEndEvent(entry, "finished"));
    const preloaded = this.#preload.entry;
    const next = this.#queue.next();
    if (next && preloaded?.id === next.id) this.#expect(next, 0, 1);
    else this.playOrRest(next);
    this.#emit(new QueueChangeEvent());
  }
}
