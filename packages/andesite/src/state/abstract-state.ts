import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
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
  /** How many messages of one guild may wait for a store that takes long, 1 or more. Default: 1 024. */
  readonly maxWaitingMessages?: number | null | undefined;
}

/** The defaults of {@link AbstractStateOptions}. */
export const defaultStateOptions = Object.freeze({ maxWaitingMessages: 1_024 });

/** The messages of one guild that are being handled, or wait for it. */
interface GuildQueue {
  last: Promise<void>;
  length: number;
}

/**
 * Follows what a client sends and receives, and remembers what is needed to restore players.
 *
 * Messages of one guild are handled one after the other in the order of arrival, however long a store takes;
 * those of different guilds do not wait for each other.
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

  /** The state of a guild's player; it is made when there is none. */
  abstract get(guildId: Snowflake): Promise<AbstractPlayerState>;

  /** Records the player; one that was destroyed is forgotten with its track and its mixer. */
  async handlePlayerUpdate(update: PlayerUpdate): Promise<void> {
    const state = await this.get(update.guildId);
    if (!update.state?.destroyed) return await state.setPlayer(update.state);
    await state.setPlayer(null);
    await state.setTrack(null);
    await state.setMixer?.({});
  }

  /** Records which track is loaded. */
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

  /** Records how to connect to the voice server. */
  async handleVoiceServerUpdate(guildId: string, update: VoiceServerUpdate): Promise<void> {
    const state = await this.get(guildId);
    await state.setVoiceServerUpdate(update);
  }

  /** Records the tracks of the mixer, where the store can. */
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
   * Called by clients with each operation that they receive. Does not reject.
   *
   * @returns Resolves when this message has been handled.
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
   * Called by clients with each message that they have transmitted. Does not reject.
   *
   * @returns Resolves when this message has been handled.
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

  /** Resolves when everything has been handled that clients have told of a guild so far. */
  async whenHandled(guildId: Snowflake): Promise<void> {
    await this.#queues.get(toSnowflake(guildId, "guildId"))?.last;
  }

  /**
   * Called with what handling a received message threw, or with a `QueueFullError` when it is dropped because too many
   * messages of its guild are waiting. Does nothing unless overridden; what it throws itself is ignored.
   */
  onHandleMessageError(_message: ReceiveOperation, _error: unknown): unknown {
    return undefined;
  }

  /** Like {@link onHandleMessageError}, for a message that was transmitted. */
  onHandleSentMessageError(
    _guildId: string,
    _op: string,
    _payload: Readonly<Record<string, unknown>>,
    _error: unknown,
  ): unknown {
    return undefined;
  }

  #enqueue(guildId: string, handle: () => Promise<void>, failed: (error: unknown) => unknown): Promise<void> {
    // A hook that fails itself must not stop what waits behind it.
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
    const line = this.#queues.get(guildId);
    const limit = this.#maxWaitingMessages;
    if (line && line.length >= limit) return report(new QueueFullError(limit));
    const running = line ? line.last.then(run) : run();
    const joined = line ?? { last: running, length: 0 };
    joined.last = running;
    joined.length++;
    this.#queues.set(guildId, joined);
    void running.then(() => {
      joined.length--;
      if (joined.length === 0) this.#queues.delete(guildId);
    });
    return running;
  }
}
