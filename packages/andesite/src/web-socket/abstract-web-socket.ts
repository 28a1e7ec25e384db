import type { Snowflake } from "@asterite/andesite-protocol";
import { Observable } from "@asterite/observable";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { AbstractState } from "../state/abstract-state.ts";
import type { AbstractPlayerState } from "../state/player-state.ts";
import { State, type StateArgument } from "../state/state.ts";
import { ProblemEvent } from "./events.ts";
import { playerStateMessages } from "./player-state-messages.ts";

/** Anything that can send operations to a node, or to one of several. */
export abstract class AbstractWebSocket implements AsyncDisposable {
  #eventTarget: Observable | null = null;
  #state: AbstractState | null | undefined;

  /** Whether the client cannot be used until it is reset. */
  abstract get closed(): boolean;

  /** Disconnects and makes the client unusable. May be repeated. */
  abstract close(): Promise<void>;

  /** Makes a closed client usable again. */
  abstract reset(): Promise<void>;

  /**
   * Sends a message.
   *
   * @param payload - Is changed: `op` and `guildId` are written into it.
   * @returns Resolves when it was transmitted.
   */
  abstract send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void>;

  /** Where events are emitted: the client itself when it is observable, or else an observable of its own. */
  get eventTarget(): Observable {
    if (this instanceof Observable) return this;
    this.#eventTarget ??= new Observable();
    return this.#eventTarget;
  }

  /**
   * What remembers the players; null for nothing. Setting it sends nothing, see {@link loadPlayerState}.
   *
   * It may be set to a state; to `true`, null or undefined for a new one in memory; or to `false` for none.
   * Everything else throws an `InvalidTypeError`. Until it is set, it is the client itself where that is one.
   */
  get state(): AbstractState | null {
    if (this.#state !== undefined) return this.#state;
    return this instanceof AbstractState ? this : null;
  }

  /** A state, `true` or nothing for a new one in memory, `false` for none. */
  set state(state: StateArgument) {
    if (state === false) this.#state = null;
    else if (state === true || state === null || state === undefined) this.#state = new State();
    else if (state instanceof AbstractState) this.#state = state;
    else throw new InvalidTypeError("state", "a state, a boolean or null");
  }

  /** Sends an operation. Also rejects for what its `toRaw` refuses. */
  async sendOperation(guildId: Snowflake, operation: SendOperation): Promise<void> {
    if (typeof operation?.toRaw !== "function") throw new InvalidTypeError("operation", "a SendOperation");
    await this.send(guildId, operation.op, operation.toRaw());
  }

  /**
   * Sends what brings a player into a remembered state, one message after the other: voice server, track,
   * filters, mixer. Without a remembered track the player is left alone, its mixer excepted. A track without a voice
   * server, which nobody could hear, is sent as well, and told of by a {@link ProblemEvent}.
   */
  async loadPlayerState(playerState: AbstractPlayerState): Promise<void> {
    const isMute = (await playerState.getVoiceServerUpdate()) === null;
    if (isMute && (await playerState.getTrack()) !== null) {
      const problem = new MalformedDataError("player state", "voiceServerUpdate", "given with a track");
      void this.eventTarget.emit(new ProblemEvent(this, problem));
    }
    for (const { op, payload } of await playerStateMessages(playerState)) {
      await this.send(playerState.guildId, op, payload);
    }
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
