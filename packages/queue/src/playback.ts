import {
  Destroy,
  Pause,
  Play,
  type Player,
  Seek,
  Stop,
  type TrackEndEvent,
  type TrackExceptionEvent,
  type TrackStartEvent,
  type TrackStuckEvent,
  Update,
  Volume,
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
import { completeFilters, type FilterTable, speedOf } from "./filters.ts";
import { NodeLink, type QueueNode } from "./node-link.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import { Position } from "./position.ts";
import type { Queue } from "./queue.ts";
import { Timers } from "./timers.ts";
import { identify } from "./track-identity.ts";

/** How far a node may be behind what was remembered and still be at the same track. */
const toleranceMs = 2_000;
/** A track in a loop that ends sooner than this after its start would be started without end. */
const shortestMs = 1_000;
/** How long what a node says may take to arrive: the end of a track after its last sign, the answer to a seek. */
const lateMs = 2_000;

/** The entry that the node is to play. */
interface Running {
  readonly entry: QueueEntry;
  readonly key: string;
  /** How often it was tried, this time included. */
  readonly attempt: number;
  /** Where this time began. */
  readonly fromMs: number;
  /** Whether the node has told that it plays. Until then what it tells is about the track before. */
  hasStarted: boolean;
  startedAtMs: number;
  /** What the node said went wrong; its end follows. */
  error: string | null;
  wasSought: boolean;
}

/** What of a playback outlives the program. */
interface PlaybackContent {
  readonly positionMs: number;
  readonly savedAtMs: number;
  readonly preloadedId: number | null;
  readonly paused: boolean;
  readonly volume: number;
  readonly filters: FilterTable;
}

/** Makes a node play what a queue decides, and the queue decide when the node is done. */
export class Playback {
  readonly #settings: QueuePlayerSettings;
  readonly #queue: Queue;
  readonly #emit: (event: QueueEvent) => void;
  readonly #link: NodeLink;
  readonly #position: Position;
  readonly #timers: Timers<"start" | "preload" | "retry" | "silence" | "end" | "sought">;
  #running: Running | null = null;
  /** What the node goes on with by itself. */
  #preloaded: QueueEntry | null = null;
  #stored: PlaybackContent | null;
  #isGapless: boolean;
  #paused: boolean;
  #volume: number;
  #filters: FilterTable;
  /** Whether the player on the node may have other filters than these. */
  #areFiltersUnknown = true;
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
    this.#isGapless = settings.gapless;
    this.#paused = stored?.paused ?? false;
    this.#volume = stored?.volume ?? 1;
    this.#filters = stored?.filters ?? {};
    this.#timers = new Timers(settings.clock);
    this.#position = new Position(settings.clock);
    this.#position.set(stored?.positionMs ?? 0);
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
        this.#position.run(false);
        this.#link.ask();
      },
      moved: () => {
        this.#wasMoved = true;
      },
      sendingFailed: (error) => emit(new NodeErrorEvent(error)),
    });
  }

  /** What the node is to play. */
  get entry(): QueueEntry | null {
    return this.#running?.entry ?? null;
  }

  get positionMs(): number {
    const lengthMs = this.#queue.current?.track.lengthMs ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#position.ms, lengthMs);
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#position.run(this.#isMoving);
    if (this.#running) this.#link.send(new Pause(paused));
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = volume;
    if (this.#running) this.#link.send(new Volume(volume));
  }

  get filters(): FilterTable {
    return this.#filters;
  }

  set filters(filters: FilterTable) {
    this.#filters = filters;
    this.#position.run(this.#isMoving, speedOf(filters));
    if (this.#running) this.#link.send(new Update({ filters: completeFilters(filters) }));
    else this.#areFiltersUnknown = true;
  }

  get gapless(): boolean {
    return this.#isGapless;
  }

  set gapless(isGapless: boolean) {
    this.#isGapless = isGapless;
    this.schedulePreload();
  }

  /** What of this outlives the program. */
  get content(): PlaybackContent {
    return {
      positionMs: this.#queue.current ? this.positionMs : 0,
      savedAtMs: Date.now(),
      preloadedId: this.#preloaded?.id ?? null,
      paused: this.#paused,
      volume: this.#volume,
      filters: this.#filters,
    };
  }

  /** Goes on with the current entry of a queue that comes from a snapshot. */
  start(current: QueueEntry): void {
    // As if it had started already: the node's answer tells what has become of it.
    this.#running = { ...this.#newRunning(current, this.#position.ms, 1), hasStarted: true };
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
    this.#link.send(new Stop());
    this.#emit(new QueueIdleEvent());
  }

  /** Goes to a position of what plays. */
  seek(positionMs: number): void {
    const running = this.#running;
    if (!running) return;
    this.#position.set(positionMs);
    running.wasSought = true;
    if (running.hasStarted) {
      this.#link.send(new Seek(positionMs / 1_000));
      this.#timers.set("sought", lateMs, () => {});
    } else {
      // It has not been told to start, or not heard of it yet: it starts there instead.
      this.#play(running.entry, positionMs, running.attempt);
    }
  }

  /** Hands the next entry to the node when the end comes near; again whenever that may be another one. */
  schedulePreload(): void {
    this.#timers.clear("preload");
    const running = this.#running;
    const lengthMs = running?.entry.track.lengthMs ?? null;
    if (!this.#isGapless || !running?.hasStarted || this.#paused || lengthMs === null) return;
    const leftMs = (lengthMs - this.#position.ms) / this.#position.speed;
    const { preloadMs, crossfadeMs } = this.#settings;
    this.#timers.set("preload", Math.max(0, leftMs - preloadMs - crossfadeMs), () => {
      const next = this.#queue.peek();
      if (!next || next.id === this.#preloaded?.id) return;
      this.#preloaded = next;
      this.#link.send(this.#order(next, { next: true }));
      this.#emit(new QueueChangeEvent());
    });
  }

  /** Ends the player on the node while it has nothing to play. */
  release(): void {
    if (this.#running) return;
    this.#areFiltersUnknown = true;
    this.#link.send(new Destroy());
  }

  /** Lets go of the player, or ends it. */
  close(isEnd: boolean): void {
    if (isEnd) this.#link.send(new Destroy());
    this.#timers.clearAll();
    this.#link.close();
  }

  get #isMoving(): boolean {
    return this.#running?.hasStarted === true && !this.#paused;
  }

  #newRunning(entry: QueueEntry, fromMs: number, attempt: number): Running {
    const { key } = identify(entry.track.track);
    const startedAtMs = this.#settings.clock.now();
    return { entry, key, attempt, fromMs, hasStarted: false, startedAtMs, error: null, wasSought: false };
  }

  #clear(): void {
    this.#running = null;
    this.#preloaded = null;
    this.#paused = false;
    this.#timers.clearAll();
    this.#position.run(false);
    this.#position.set(0);
  }

  #play(entry: QueueEntry, fromMs: number, attempt = 1): void {
    this.#expect(entry, fromMs, attempt);
    this.#link.send(this.#order(entry, { start: fromMs > 0 ? fromMs / 1_000 : null }));
    if (!this.#areFiltersUnknown) return;
    this.#areFiltersUnknown = false;
    this.#link.send(new Update({ filters: completeFilters(this.#filters) }));
  }

  /** The node is about to start an entry. */
  #expect(entry: QueueEntry, fromMs: number, attempt: number): void {
    this.#timers.clearAll();
    this.#stored = null;
    this.#preloaded = null;
    this.#running = this.#newRunning(entry, fromMs, attempt);
    this.#position.run(false, speedOf(this.#filters));
    this.#position.set(fromMs);
    this.#timers.set("start", this.#settings.startTimeoutMs, () => this.#link.ask());
  }

  #order(entry: QueueEntry, options: { start?: number | null; next?: boolean; noReplace?: boolean }): Play {
    const { radio, normalize, crossfadeMs } = this.#settings;
    const own = options.next
      ? { crossfade: crossfadeMs / 1_000 }
      : { pause: this.#paused, volume: this.#volume };
    return new Play(entry.track.track, { radio, normalize, ...own, ...options });
  }

  #onStart({ track }: TrackStartEvent): void {
    const { key, positionMs } = identify(track);
    // It was handed over before everything was stopped.
    if (!this.#running) {
      if (!this.#queue.current) this.#link.send(new Stop());
      return;
    }
    if (key !== this.#running.key && this.#preloaded && key === identify(this.#preloaded.track.track).key) {
      // The end of the track before it was lost.
      this.#finish(this.#running);
    }
    const running = this.#running;
    if (key !== running?.key) return;
    const isFirst = !running.hasStarted;
    running.hasStarted = true;
    running.startedAtMs = this.#settings.clock.now();
    this.#timers.clear("start");
    if (positionMs !== null) this.#position.set(positionMs);
    this.#position.run(this.#isMoving);
    this.#listenForSigns();
    this.schedulePreload();
    if (isFirst) this.#emit(new EntryStartEvent(running.entry, running.attempt > 1 || running.fromMs > 0));
    this.#emit(new QueueChangeEvent());
  }

  #onEnd({ track, mayStartNext, reason }: TrackEndEvent): void {
    const running = this.#running;
    const { key, positionMs } = identify(track);
    // Before its start was told this is the end of the track before it, which is over for us.
    if (!running?.hasStarted || key !== running.key || !mayStartNext) return;
    if (positionMs !== null) this.#position.set(positionMs);
    const { lengthMs } = running.entry.track;
    const isNearEnd = lengthMs !== null && this.#position.ms >= lengthMs - toleranceMs;
    const lastedMs = this.#settings.clock.now() - running.startedAtMs;
    const isTooShort = this.#queue.loop !== "off" && lastedMs < shortestMs && !running.wasSought;
    if (reason === "LOAD_FAILED") this.#fail(running, running.error ?? "it could not be loaded");
    else if (running.error !== null && !isNearEnd) this.#fail(running, running.error);
    else if (isTooShort) this.#fail(running, "it ended at once");
    else this.#finish(running);
  }

  #onException({ track, error }: TrackExceptionEvent): void {
    const running = this.#running;
    if (running?.hasStarted && identify(track).key === running.key) running.error = error ?? "it broke off";
  }

  #onStuck({ track }: TrackStuckEvent): void {
    const running = this.#running;
    const { key, positionMs } = identify(track);
    if (!running?.hasStarted || key !== running.key) return;
    if (positionMs !== null) this.#position.set(positionMs);
    this.#fail(running, "it gives no audio");
  }

  #onUpdate(player: Player | null): void {
    // Where it is cannot be told apart from another track until it has been compared with what is remembered.
    if (!this.#running?.hasStarted || this.#wasLost || this.#stored) return;
    this.#listenForSigns();
    if (!player || player.position === null) {
      // Its end may still be on its way; if it is not, the node has to be asked what happened.
      this.#timers.start("end", lateMs, () => this.#link.ask());
      return;
    }
    this.#timers.clear("end");
    const nodeMs = 1_000 * player.position;
    // What was on its way when somebody sought is about the time before.
    const isOld = this.#timers.has("sought") && Math.abs(nodeMs - this.#position.ms) > toleranceMs;
    if (!isOld) this.#position.set(nodeMs);
    this.#position.run(!player.paused && !this.#paused);
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
    if (!player) this.#areFiltersUnknown = true;
    const running = this.#running;
    if (!running) {
      if (player && player.position !== null) this.#link.send(new Stop());
      return;
    }
    const stored = this.#stored;
    this.#stored = null;
    // It is to be tried again later anyway.
    if (this.#timers.has("retry")) return;
    if (!running.hasStarted) {
      if (wasLost) this.#play(running.entry, running.fromMs, running.attempt);
      else if (!this.#timers.has("start")) this.#fail(running, "the node does not play it");
    } else if (!player) this.#again(running);
    else if (player.position === null) this.#finish(running);
    else this.#compare(running, 1_000 * player.position, stored);
  }

  /** The node plays something: nothing tells what but its position. */
  #compare(running: Running, nodeMs: number, stored: PlaybackContent | null): void {
    const preloadedId = this.#preloaded?.id ?? stored?.preloadedId ?? null;
    const lengthMs = running.entry.track.lengthMs ?? Number.POSITIVE_INFINITY;
    const absentMs = stored && !stored.paused ? Math.max(0, Date.now() - stored.savedAtMs) : 0;
    const isOver = this.#position.ms + absentMs * speedOf(this.#filters) > lengthMs + toleranceMs;
    const isBehind = !running.wasSought && nodeMs + toleranceMs < this.#position.ms;
    if (preloadedId !== null && (isBehind || (stored && isOver))) {
      // The node went on by itself while nobody was here.
      this.#emit(new EntryEndEvent(running.entry, "finished"));
      const next = this.#queue.next();
      if (next?.id !== preloadedId) {
        this.playOrRest(next);
        return;
      }
      this.#running = { ...this.#newRunning(next, 0, 1), hasStarted: true };
      this.#preloaded = null;
      this.#emit(new EntryStartEvent(next, true));
      this.#attach(next, nodeMs);
    } else if (isBehind) this.#play(running.entry, this.#position.ms, running.attempt);
    else this.#attach(running.entry, nodeMs);
  }

  /** The node plays what it should: only makes sure that its events come here, and that its settings are ours. */
  #attach(entry: QueueEntry, positionMs: number): void {
    this.#position.set(positionMs);
    this.#position.run(this.#isMoving, speedOf(this.#filters));
    this.#areFiltersUnknown = false;
    this.#link.send(this.#order(entry, { start: positionMs / 1_000, noReplace: true }));
    const filters = completeFilters(this.#filters);
    this.#link.send(new Update({ pause: this.#paused, volume: this.#volume, filters }));
    this.#listenForSigns();
    this.schedulePreload();
    this.#emit(new QueueChangeEvent());
  }

  /** The player is gone from the node through no fault of the track, as far as anybody knows. */
  #again(running: Running): void {
    const { retries, healthyMs } = this.#settings;
    const wasHealthy = this.#position.ms - running.fromMs >= healthyMs;
    const attempt = wasHealthy ? 1 : running.attempt + 1;
    // A track that brings its node down each time must not do so for ever.
    if (attempt > retries + 1) this.#giveUp(running, "its node went away again and again");
    else this.#play(running.entry, this.positionMs, attempt);
  }

  #fail(running: Running, error: string): void {
    const { retries, retryDelayMs, healthyMs } = this.#settings;
    const { entry } = running;
    const fromMs = entry.track.isSeekable ? this.positionMs : 0;
    const attempt = this.#position.ms - running.fromMs >= healthyMs ? 1 : running.attempt;
    if (attempt > retries) {
      this.#giveUp(running, error);
      return;
    }
    this.#timers.clearAll();
    running.hasStarted = false;
    this.#position.run(false);
    this.#timers.set("retry", retryDelayMs * attempt, () => this.#play(entry, fromMs, attempt + 1));
  }

  #giveUp({ entry }: Running, error: string): void {
    this.#queue.drop();
    this.#failures++;
    this.#emit(new EntryEndEvent(entry, "failed", error));
    if (this.#failures >= this.#settings.maxFailures && this.#queue.upcoming.length > 0) {
      this.#clear();
      this.#link.send(new Stop());
      this.#emit(new QueueHaltEvent(this.#failures));
    } else this.playOrRest(this.#queue.next());
    this.#emit(new QueueChangeEvent());
  }

  /** The entry has been played to its end; the node may have the next one already. */
  #finish({ entry }: Running): void {
    this.#failures = 0;
    this.#emit(new EntryEndEvent(entry, "finished"));
    const preloaded = this.#preloaded;
    const next = this.#queue.next();
    if (next && preloaded?.id === next.id) this.#expect(next, 0, 1);
    else this.playOrRest(next);
    this.#emit(new QueueChangeEvent());
  }
}
