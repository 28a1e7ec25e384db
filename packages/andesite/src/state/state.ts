import { type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { optionNames, requireFunction, requireKnownOptions } from "../checks.ts";
import type { ReceiveOperation } from "../events/receive-operation.ts";
import { AbstractState, type AbstractStateOptions, reportStateFailure } from "./abstract-state.ts";
import { type AbstractPlayerState, PlayerState } from "./player-state.ts";

/** Options of {@link State}. */
export interface StateOptions extends AbstractStateOptions {
  /** Creates the player state of a guild. Default: a {@link PlayerState} in memory. */
  readonly stateFactory?: ((guildId: string) => AbstractPlayerState) | null | undefined;
  /**
   * Whether player states are cached. With `false` the factory is called for each access, for player states
   * whose data is in an external store. Default: true.
   */
  readonly keepStates?: boolean | null | undefined;
  /**
   * Called with errors of handling a message. Default: they are warnings of the platform, and so are those
   * that it throws.
   */
  readonly onError?: ((error: unknown) => unknown) | null | undefined;
}

/**
 * State of a client as an argument: a state; true, null or undefined for a new in-memory one; false for none.
 */
export type StateArgument = AbstractState | boolean | null | undefined;

const defaultStates = new WeakSet<AbstractState>();

/** Returns an in-memory state for a client whose options name none. A pool may replace it. */
export function createDefaultState(): State {
  const state = new State();
  defaultStates.add(state);
  return state;
}

/** Returns whether a state was made by {@link createDefaultState}. */
export const isDefaultState = (state: AbstractState): boolean => defaultStates.has(state);

const stateOptions = optionNames<StateOptions>({
  maxWaitingMessages: true,
  stateFactory: true,
  keepStates: true,
  onError: true,
});

/** State that keeps players in memory, or in the player states of a factory. */
export class State extends AbstractState {
  /** Cached player states by guild; null when `keepStates` is false. */
  readonly playerStates: Map<string, AbstractPlayerState> | null;
  readonly #factory: (guildId: string) => AbstractPlayerState;
  readonly #onError: (error: unknown) => unknown;

  /** @throws InvalidTypeError, OutOfRangeError naming the option. */
  constructor(options?: StateOptions | null) {
    requireKnownOptions("", options, stateOptions);
    super(options);
    this.playerStates = options?.keepStates === false ? null : new Map();
    const { stateFactory, onError } = options ?? {};
    this.#factory = requireFunction("stateFactory", stateFactory ?? ((guildId) => new PlayerState(guildId)));
    this.#onError = requireFunction("onError", onError ?? reportStateFailure);
  }

  /**
   * Returns the player state of a guild. Rejects with a `SnowflakeTypeError` or `SnowflakeRangeError` for an
   * invalid id.
   */
  override async get(guildId: SnowflakeLike): Promise<AbstractPlayerState> {
    const id = toSnowflake(guildId, "guildId");
    const state = this.playerStates?.get(id) ?? this.#factory(id);
    this.playerStates?.set(id, state);
    return await Promise.resolve(state);
  }

  override onHandleMessageError(_message: ReceiveOperation, error: unknown): unknown {
    return this.#onError(error);
  }

  override onHandleSentMessageError(
    _guildId: string,
    _op: string,
    _payload: Readonly<Record<string, unknown>>,
    error: unknown,
  ): unknown {
    return this.#onError(error);
  }
}
