import { type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { readNumberOptions } from "../checks.ts";
import { QueueFullError } from "../errors.ts";
import {
  AndesiteEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
} from "../events/andesite-event.ts";
import { PlayerUpdate, type ReceiveOperation } from "../events/receive-operation.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Play } from "../operations/playback.ts";
import { MixerUpdate } from "../operations/update.ts";
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
export const defaultStateOptions = Object.freeze({ maxWaitingMessages: 1_024 });

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
    await state.setPlayer(null);
    await state.setTrack(null);
    await state.setMixer?.({});
  }

  /** Stores the loaded track when one starts, and removes it when it ends, fails or gets stuck. */
  async handleAndesiteEvent(event: AndesiteEvent): Promise<void> {
    if (event instanceof TrackStartEvent) {
      const state = await this.get(event.guildId);
      await state.setTrack(event.track);
    } else if (
      event instanceof TrackEndEvent ||
      event instanceof TrackExceptionEvent ||
      event instanceof TrackStuckEvent
    ) {
      const state = await this.get(event.guildId);
      await state.setTrack(null);
    }
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
      }
    };
    if (op !== "voice-server-update" && op !== "mixer") return Promise.resolve();
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
   * Has no effect unless overridden; errors that it throws are ignored.
   */
  onHandleMessageError(_message: ReceiveOperation, _error: unknown): unknown {
    return undefined;
  }

  /** Like {@link onHandleMessageError}, for a transmitted message. */
  onHandleSentMessageError(
    _guildId: string,
    _op: string,
    _payload: Readonly<Record<string, unknown>>,
    _error: unknown,
  ): unknown {
    return undefined;
  }

  #enqueue(guildId: string, handle: () => Promise<void>, failed: (error: unknown) => unknown): Promise<void> {
    // A failing error hook must not block the messages after it.
    const report = async (error: unknown) => {
      try {
        await failed(error);
      } catch {}
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
