import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import type { ReceiveOperation } from "../events/receive-operation.ts";
import { AbstractState, type AbstractStateOptions } from "./abstract-state.ts";
import { type AbstractPlayerState, PlayerState } from "./player-state.ts";

/** Options of {@link State}. */
export interface StateOptions extends AbstractStateOptions {
  /** Makes the player state of a guild. Default: one in memory. */
  readonly stateFactory?: ((guildId: string) => AbstractPlayerState) | null | undefined;
  /**
   * Whether player states are kept. False asks the factory each time, for those that store what they are given
   * elsewhere. Default: true.
   */
  readonly keepStates?: boolean | null | undefined;
  /** Called with what handling a message threw; what it throws itself is ignored. Default: nothing is called. */
  readonly onError?: ((error: unknown) => unknown) | null | undefined;
}

/** What may be given as the state of a client: one, true or nothing for a new one, false for none. */
export type StateArgument = AbstractState | boolean | null | undefined;

/** Remembers players in memory, or where its factory puts them. */
export class State extends AbstractState {
  /** By guild; null when they are not kept. */
  readonly playerStates: Map<string, AbstractPlayerState> | null;
  readonly #factory: (guildId: string) => AbstractPlayerState;
  readonly #onError: ((error: unknown) => unknown) | null;

  /** @throws InvalidTypeError, OutOfRangeError naming the option. */
  constructor(options?: StateOptions | null) {
    super(options);
    this.playerStates = options?.keepStates === false ? null : new Map();
    this.#factory = options?.stateFactory ?? ((guildId) => new PlayerState(guildId));
    this.#onError = options?.onError ?? null;
  }

  /** Rejects with a `SnowflakeTypeError` or `SnowflakeRangeError` for what is no id. */
  override async get(guildId: Snowflake): Promise<AbstractPlayerState> {
    const id = toSnowflake(guildId, "guildId");
    const state = this.playerStates?.get(id) ?? this.#factory(id);
    this.playerStates?.set(id, state);
    return await Promise.resolve(state);
  }

  override onHandleMessageError(_message: ReceiveOperation, error: unknown): unknown {
    return this.#onError?.(error);
  }

  override onHandleSentMessageError(
    _guildId: string,
    _op: string,
    _payload: Readonly<Record<string, unknown>>,
    error: unknown,
  ): unknown {
    return this.#onError?.(error);
  }
}
