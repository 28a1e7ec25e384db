import { type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { readNumberOptions } from "../checks.ts";
import { reportFailure } from "../debug.ts";
import { QueueFullError } from "../errors.ts";
import {
  AndesiteEvent,
  OperationFailedEvent,
  PlayerDestroyedEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
} from "../events/andesite-event.ts";
import { PlayerUpdate, type ReceiveOperation } from "../events/receive-operation.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Play } from "../operations/playback.ts";
import { MixerUpdate } from "../operations/update.ts";
import { changeCustomFilters, mixerDetails, noDetails, type PlayerDetails } from "./player-details.ts";
import type { AbstractPlayerState } from "./player-state.ts";

/** Options of {@link AbstractState}. */
export interface AbstractStateOptions {
  /**
   * Messages of one guild that may be queued while a slow store handles earlier ones, at least 1. Further
   * messages are dropped and reported. Default: 1 024.
   */
  readonly maxWaitingMessages?: number | null | undefined;
}

/** Defaults of {@link AbstractStateOptions}. */
export const defaultStateOptions = /* @__PURE__ */ Object.freeze({ maxWaitingMessages: 1_024 });

/** Operations from which a state records what nodes do not report. */
const recordedOps = new Set(["voice-server-update", "mixer", "play", "stop", "filters", "update"]);

/** Messages of one guild that are being handled or queued. */
interface GuildQueue {
  last: Promise<void>;
  length: number;
}

/**
 * Base class of states: tracks the messages that a client sends and receives, and stores what restoring a
 * player requires.
 *
 * Messages of one guild are handled sequentially, in the order of arrival; different guilds are handled
 * concurrently.
 */
export abstract class AbstractState {
  readonly #queues = new Map<string, GuildQueue>();
  readonly #maxWaitingMessages: number;

  /** @throws InvalidTypeError, OutOfRangeError naming the option. */
  constructor(options?: AbstractStateOptions | null) {
    const { maxWaitingMessages } = readNumberOptions(
      "",
      defaultStateOptions,
      { maxWaitingMessages: 1 },
      options,
    );
    this.#maxWaitingMessages = maxWaitingMessages;
  }

  /** Returns the player state of a guild, and creates it when there is none. */
  abstract get(guildId: SnowflakeLike): Promise<AbstractPlayerState>;

  /** Stores the player. A destroyed player is removed together with its track and mixer. */
  async handlePlayerUpdate(update: PlayerUpdate): Promise<void> {
    const state = await this.get(update.guildId);
    if (!update.state?.destroyed) return await state.setPlayer(update.state);
    await forgetPlayer(state);
  }

  /**
   * Stores the loaded track and its settings when it starts, and removes them when it ends, fails or gets
   * stuck. A destroyed player is removed, and so is a next track that the node refused.
   */
  async handleAndesiteEvent(event: AndesiteEvent): Promise<void> {
    if (event instanceof TrackStartEvent) {
      const { play } = event;
      const state = await this.get(event.guildId);
      await state.setTrack(event.track);
      await changeDetails(state, (details) => ({
        ...details,
        play,
        next: play?.next ? null : details.next,
      }));
    } else if (event instanceof PlayerDestroyedEvent) {
      await forgetPlayer(await this.get(event.guildId));
    } else if (event instanceof OperationFailedEvent) {
      if (event.operation !== "play" || event.track === null) return;
      await changeDetails(await this.get(event.guildId), (details) =>
        details.next?.track === event.track ? { ...details, next: null } : details,
      );
    } else if (
      event instanceof TrackEndEvent ||
      event instanceof TrackExceptionEvent ||
      event instanceof TrackStuckEvent
    ) {
      const state = await this.get(event.guildId);
      await state.setTrack(null);
      if (!(event instanceof TrackEndEvent)) return;
      // The node drops the next track, too, unless this one ended by itself or was replaced.
      const keepsNext = event.mayStartNext || event.reason === "REPLACED";
      await changeDetails(state, (details) => ({
        ...details,
        play: null,
        next: keepsNext ? details.next : null,
      }));
    }
  }

  /** Stores the track that is to follow the current one. A new track or `stop` drops it. */
  async handlePlay(guildId: string, play: Play): Promise<void> {
    if (play.noReplace && !play.next) return;
    const state = await this.get(guildId);
    await changeDetails(state, (details) => ({ ...details, next: play.next ? play : null }));
  }

  /** Stores the filters of plug-ins, which nodes may not report. */
  async handleFilters(guildId: string, filters: Readonly<Record<string, unknown>>): Promise<void> {
    const state = await this.get(guildId);
    await changeDetails(state, (details) => {
      const customFilters = changeCustomFilters(details.customFilters, filters);
      return customFilters === details.customFilters ? details : { ...details, customFilters };
    });
  }

  /** Stores the voice server update. */
  async handleVoiceServerUpdate(guildId: string, update: VoiceServerUpdate): Promise<void> {
    const state = await this.get(guildId);
    await state.setVoiceServerUpdate(update);
  }

  /** Stores the tracks of the mixer, if the store supports mixers. */
  async handleMixerUpdate(guildId: string, update: MixerUpdate): Promise<void> {
    const state = await this.get(guildId);
    if (!state.getMixer || !state.setMixer) return;
    const tracks = new Map(Object.entries(await state.getMixer()));
    for (const [id, player] of Object.entries(update.players)) {
      if (!(player instanceof Play)) continue;
      if (player.track === null) tracks.delete(id);
      else tracks.set(id, player.track);
    }
    await state.setMixer(Object.fromEntries(tracks));
    await changeDetails(state, (details) => {
      const decks = Object.entries(update.players).map(([id, player]) => {
        const { play, customFilters } = mixerDetails(details, id);
        if (player instanceof Play) return [id, { play: player, customFilters }] as const;
        const filters = player.filters?.toRaw() ?? {};
        return [id, { play, customFilters: changeCustomFilters(customFilters, filters) }] as const;
      });
      return { ...details, mixer: { ...details.mixer, ...Object.fromEntries(decks) } };
    });
  }

  /**
   * Handles a received operation. Called by the client. Never rejects.
   *
   * @returns Resolves when the message has been handled.
   */
  handleMessage(message: ReceiveOperation): Promise<void> {
    const failed = (error: unknown) => this.onHandleMessageError(message, error);
    if (message instanceof PlayerUpdate) {
      return this.#enqueue(message.guildId, () => this.handlePlayerUpdate(message), failed);
    }
    if (message instanceof AndesiteEvent && message.guildId !== null) {
      return this.#enqueue(message.guildId, () => this.handleAndesiteEvent(message), failed);
    }
    return Promise.resolve();
  }

  /**
   * Handles a transmitted message. Called by the client. Never rejects.
   *
   * @returns Resolves when the message has been handled.
   */
  handleSentMessage(guildId: string, op: string, payload: Readonly<Record<string, unknown>>): Promise<void> {
    const handle = async () => {
      if (op === "voice-server-update") {
        await this.handleVoiceServerUpdate(guildId, VoiceServerUpdate.fromRaw(payload));
      } else if (op === "mixer") {
        await this.handleMixerUpdate(guildId, MixerUpdate.fromRaw(payload));
      } else if (op === "play") {
        await this.handlePlay(guildId, Play.fromRaw(payload));
      } else if (op === "stop") {
        await changeDetails(await this.get(guildId), (details) => ({ ...details, next: null }));
      } else if (op === "filters" || op === "update") {
        await this.handleFilters(guildId, filtersOf(op, payload));
      }
    };
    if (!recordedOps.has(op)) return Promise.resolve();
    return this.#enqueue(guildId, handle, (error) =>
      this.onHandleSentMessageError(guildId, op, payload, error),
    );
  }

  /** Resolves when all messages of a guild so far have been handled. */
  async whenHandled(guildId: SnowflakeLike): Promise<void> {
    await this.#queues.get(toSnowflake(guildId, "guildId"))?.last;
  }

  /**
   * Called when handling a received message failed, or with a `QueueFullError` when the message was dropped.
   * Unless overridden, the error is a warning of the platform, and so are errors that it throws.
   */
  onHandleMessageError(_message: ReceiveOperation, error: unknown): unknown {
    return reportStateFailure(error);
  }

  /** Like {@link onHandleMessageError}, for a transmitted message. */
  onHandleSentMessageError(
    _guildId: string,
    _op: string,
    _payload: Readonly<Record<string, unknown>>,
    error: unknown,
  ): unknown {
    return reportStateFailure(error);
  }

  /** Waits until all messages so far have been handled, so that a store has all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#queues.values()].map(({ last }) => last));
  }

  #enqueue(guildId: string, handle: () => Promise<void>, failed: (error: unknown) => unknown): Promise<void> {
    // A failing error hook must not block the messages after it.
    const report = async (error: unknown) => {
      try {
        await failed(error);
      } catch (failure) {
        reportStateFailure(failure);
      }
    };
    const run = async () => {
      try {
        await handle();
      } catch (error) {
        await report(error);
      }
    };
    const existing = this.#queues.get(guildId);
    const limit = this.#maxWaitingMessages;
    if (existing && existing.length >= limit) return report(new QueueFullError(limit));
    const running = existing ? existing.last.then(run) : run();
    const queue = existing ?? { last: running, length: 0 };
    queue.last = running;
    queue.length++;
    this.#queues.set(guildId, queue);
    void running.then(() => {
      queue.length--;
      if (queue.length === 0) this.#queues.delete(guildId);
    });
    return running;
  }
}

/** Reports an error that no hook receives. */
export const reportStateFailure = (error: unknown): void => reportFailure("the state", error);

/** Returns whether a state ignores a transmitted message, so that it need not be parsed for it. */
export const ignoresSentMessage = (state: AbstractState, op: string): boolean =>
  !recordedOps.has(op) && state.handleSentMessage === AbstractState.prototype.handleSentMessage;

/** Changes the details of a player if the store supports them. */
async function changeDetails(
  state: AbstractPlayerState,
  change: (details: PlayerDetails) => PlayerDetails,
): Promise<void> {
  if (!state.getDetails || !state.setDetails) return;
  const details = await state.getDetails();
  const changed = change(details);
  if (changed !== details) await state.setDetails(changed);
}

/** Removes a destroyed player, but not its voice server update. */
async function forgetPlayer(state: AbstractPlayerState): Promise<void> {
  await state.setPlayer(null);
  await state.setTrack(null);
  await state.setMixer?.({});
  await state.setDetails?.(noDetails);
}

/** Returns the filters in the payload of `filters` or `update`. */
function filtersOf(
  op: string,
  payload: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (op === "filters") {
    const { op: _op, guildId: _guildId, userId: _userId, ...filters } = payload;
    return filters;
  }
  const { filters } = payload;
  return isRecord(filters) ? filters : {};
}
