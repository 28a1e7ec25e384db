import type { Clock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import type { PlayerUpdate } from "../events/receive-operation.ts";
import { Gate } from "../gate.ts";
import type { Player } from "../models/player.ts";
import { Play } from "../operations/playback.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { OutgoingMessage } from "./outbox.ts";
import { isIdle, PlayerQuery } from "./player-query.ts";
import { movedPlayerMessages, type PlayerMessage, toMessage } from "./player-state-messages.ts";
import type { WebSocketLike } from "./socket.ts";
import type { UnackedOperations } from "./unacked-operations.ts";

/** How many guilds are read from the state at a time. */
const readConcurrency = 32;

/** What was found out about the player of a guild. */
interface Found {
  readonly life: object | undefined;
  readonly playerLives: boolean;
  readonly messages: OutgoingMessage[];
}

/** What a {@link PlayerRestorer} works with. */
export interface PlayerRestorerOptions {
  readonly ledger: UnackedOperations;
  readonly clock: Clock;
  /** How long the node, and then the state for one guild, may take to answer, in ms. */
  readonly timeoutMs: number;
  /** The state that counts at the moment. */
  state(): AbstractState | null;
  /** Is told what goes wrong; a player that cannot be restored does not keep the others from it. */
  problem(error: unknown): void;
}

/** Brings the players of a node into the state that is remembered of them. */
export class PlayerRestorer {
  readonly #options: PlayerRestorerOptions;
  #probe: PlayerQuery | null = null;

  constructor(options: PlayerRestorerOptions) {
    this.#options = options;
  }

  /** Takes a player update; true when it must reach neither the state nor listeners. */
  interceptUpdate(update: PlayerUpdate): boolean {
    return this.#probe?.handleUpdate(update) ?? false;
  }

  /**
   * Finds out over a new connection which players are left, and reads what the others need.
   *
   * @returns What hands out, at the moment when it is called, all that has to be sent before anything else.
   */
  async prepare(socket: WebSocketLike, signal: AbortSignal): Promise<() => OutgoingMessage[]> {
    const { ledger, state } = this.#options;
    const remembered = state();
    if (!remembered) return () => [];
    const asked = new Map(ledger.guildIds.map((guildId) => [guildId, ledger.epochOf(guildId)]));
    const probe = await this.#ask(socket, signal, [...asked.keys()]);
    const found = new Map<string, Found>();
    const gate = new Gate(readConcurrency);
    // A store that has not answered for one guild would not for the others either.
    const stuck = new AbortController();
    const readOne = async (guildId: string) => {
      const life = ledger.epochOf(guildId);
      // A player that came just now has never been on this node.
      const player = asked.get(guildId) === life ? probe.replyOf(guildId) : null;
      const messages = await this.#messages(guildId, remembered, player, [signal, stuck.signal], stuck);
      found.set(guildId, { life, playerLives: player !== null, messages });
    };
    // Some may come while others are read.
    for (let guildIds = ledger.guildIds; guildIds.length > 0; ) {
      await Promise.all(guildIds.map((guildId) => gate.run(() => readOne(guildId))));
      guildIds = ledger.guildIds.filter((guildId) => found.get(guildId)?.life !== ledger.epochOf(guildId));
    }
    return () =>
      [...found].flatMap(([guildId, { playerLives, messages }]) =>
        ledger.hasPlayer(guildId) ? [...messages, ...ledger.takeUnacked(guildId, playerLives)] : [],
      );
  }

  /** What creates the player of a guild on a node that never had it. */
  async createPlayerMessages(guildId: string): Promise<OutgoingMessage[]> {
    const state = this.#options.state();
    return state ? await this.#messages(guildId, state, null, []) : [];
  }

  async #ask(socket: WebSocketLike, signal: AbortSignal, guildIds: readonly string[]): Promise<PlayerQuery> {
    const { clock, timeoutMs } = this.#options;
    const probe = new PlayerQuery(guildIds);
    if (guildIds.length === 0) return probe;
    this.#probe = probe;
    for (const guildId of guildIds) socket.send(JSON.stringify({ op: "get-player", guildId }), () => {});
    using deadline = new Deadline([signal], timeoutMs, clock);
    await probe.waitForReplies(deadline.signal);
    if (this.#probe === probe) this.#probe = null;
    return probe;
  }

  /**
   * @param player - What the node says; null when it has none, undefined when it did not say.
   * @param stuck - Aborted when the state takes too long.
   */
  async #messages(
    guildId: string,
    state: AbstractState,
    player: Player | null | undefined,
    signals: readonly AbortSignal[],
    stuck?: AbortController,
  ): Promise<OutgoingMessage[]> {
    const { ledger, clock, timeoutMs, problem } = this.#options;
    // What is sent again destroys it, and what comes after that does not build on what was before.
    if (ledger.hasUnackedDestroy(guildId)) return [];
    using deadline = new Deadline(signals, timeoutMs, clock);
    try {
      deadline.signal.throwIfAborted();
      const messages = raceSignal(
        read(guildId, state, player, ledger.unstartedTrack(guildId)),
        deadline.signal,
      );
      return (await messages).map((message) => transientMessage(guildId, message));
    } catch (error) {
      if (!signals.some(({ aborted }) => aborted)) problem(error);
      if (deadline.signal.aborted) stuck?.abort(error);
      return [];
    }
  }
}

async function read(
  guildId: string,
  state: AbstractState,
  player: Player | null | undefined,
  awaitedTrack: string | null,
): Promise<PlayerMessage[]> {
  await state.whenHandled(guildId);
  const playerState = await state.get(guildId);
  if (player === null) return await movedPlayerMessages(playerState);
  if (player && isIdle(player) && awaitedTrack === null) {
    // Its track has ended unheard. Played at its end it ends once more, which is heard.
    return (await playerState.getTrack()) === null ? [] : await movedPlayerMessages(playerState);
  }
  const track = awaitedTrack ?? (await playerState.getTrack());
  // A node sends events only to those who play; one that replaces nothing changes nothing.
  return track === null ? [] : [toMessage(new Play(track, { noReplace: true }))];
}

function transientMessage(guildId: string, { op, payload }: PlayerMessage): OutgoingMessage {
  const text = JSON.stringify({ ...payload, guildId, op });
  return { guildId, op, text, resolve: () => {}, reject: () => {}, isTransient: true };
}
