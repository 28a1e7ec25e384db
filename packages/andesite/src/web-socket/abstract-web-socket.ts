import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { Observable } from "@asterite/observable";
import { requireMethod } from "../checks.ts";
import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { isInstance } from "../mixin.ts";
import { checkOperation } from "../operations/check-operation.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { AbstractState } from "../state/abstract-state.ts";
import type { AbstractPlayerState } from "../state/player-state.ts";
import { State, type StateArgument } from "../state/state.ts";
import { playerStateMessages } from "./player-state-messages.ts";

// WeakMaps instead of private fields, so that the type is structural: combined clients implement it as well.
const eventTargets = new WeakMap<AbstractWebSocket, Observable>();
const states = new WeakMap<AbstractWebSocket, AbstractState | null>();

/** Base of all clients that send operations: to one node, or to the nodes of a pool. */
export abstract class AbstractWebSocket implements AsyncDisposable {
  /** Also true for instances of classes into which the class was mixed, such as combined clients. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit the method, with themselves as `this`.
    return isInstance(this, value);
  }

  /** Whether the client is closed. {@link reset} makes it usable again. */
  abstract get closed(): boolean;

  /** Disconnects, rejects queued messages and makes the client unusable. Closing twice has no effect. */
  abstract close(): Promise<void>;

  /** Makes a closed client usable again. */
  abstract reset(): Promise<void>;

  /**
   * Sends a message.
   *
   * @param op - Name of the operation on the wire.
   * @param payload - Fields of the operation. `op` and `guildId` are written into this object.
   * @returns Resolves when the message was transmitted.
   */
  abstract send(guildId: SnowflakeLike, op: string, payload: Record<string, unknown>): Promise<void>;

  /** Observable that emits the events: the client itself when it is observable, otherwise a separate one. */
  get eventTarget(): Observable {
    if (this instanceof Observable) return this;
    const eventTarget = eventTargets.get(this) ?? new Observable();
    eventTargets.set(this, eventTarget);
    return eventTarget;
  }

  /**
   * State that tracks the players; null for none. Assigning it sends nothing, see {@link loadPlayerState}.
   *
   * Accepts a state; `true`, null or undefined for a new in-memory {@link State}; `false` for none. Other
   * values throw an `InvalidTypeError`. Before the first assignment it is the client itself if that is a
   * state.
   */
  get state(): AbstractState | null {
    const state = states.get(this);
    if (state !== undefined) return state;
    return this instanceof AbstractState ? this : null;
  }

  /** A state; `true`, null or undefined for a new in-memory one; `false` for none. */
  set state(state: StateArgument) {
    if (state === false) states.set(this, null);
    else if (state === true || state === null || state === undefined) states.set(this, new State());
    else if (state instanceof AbstractState) states.set(this, state);
    else throw new InvalidTypeError("state", "a state, a boolean or null");
  }

  /**
   * Sends an operation object. Rejects like {@link send}, and with an `InvalidTypeError` or `OutOfRangeError`
   * for a value that nodes refuse; then nothing is sent or recorded.
   */
  async sendOperation(guildId: SnowflakeLike, operation: SendOperation): Promise<void> {
    if (typeof operation?.toRaw !== "function") throw new InvalidTypeError("operation", "a SendOperation");
    checkOperation(operation);
    await this.send(guildId, operation.op, operation.toRaw());
  }

  /**
   * Restores a player from a player state: sends voice server update, track, filters and mixer, in this
   * order. Without a track in the state, only voice server update and mixer are sent. A track without a voice
   * server update is sent although no listener can receive it, and reported with a {@link ProblemEvent}.
   */
  async loadPlayerState(playerState: AbstractPlayerState): Promise<void> {
    requireMethod("playerState", playerState, "getVoiceServerUpdate", "a player state");
    const hasVoiceServer = (await playerState.getVoiceServerUpdate()) !== null;
    if (!hasVoiceServer && (await playerState.getTrack()) !== null) {
      const problem = new MalformedDataError("player state", "voiceServerUpdate", "given with a track");
      // No warning without a listener: the player may be heard as a stream of the node.
      void this.eventTarget.emit(new ProblemEvent(this, problem));
    }
    for (const { op, payload } of await playerStateMessages(playerState)) {
      await this.send(playerState.guildId, op, payload);
    }
  }

  /** Equivalent to {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// In this file because the client emits the event and the event names the client.
/**
 * Emitted for errors that reject no promise: a malformed message of the node, a store that failed while a
 * player was restored, a lost connection that could not be restored. The client continues where it can.
 */
export class ProblemEvent {
  /** Client that reports the error. */
  readonly client: AbstractWebSocket;
  /** The error; a `MalformedDataError` for a message of the node. */
  readonly error: unknown;

  constructor(client: AbstractWebSocket, error: unknown) {
    this.client = client;
    this.error = error;
  }
}
