import type { Clock } from "../clock.ts";
import type { PlayerUpdate } from "../events/receive-operation.ts";
import type { Player } from "../models/player.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import { type Message, playerStateMessages } from "./player-state-messages.ts";

/** How long a node may take to say which players it still has, in ms. */
const answerTimeoutMs = 5_000;

/**
 * Finds out which players a node still has after a connection was lost: one that was restarted has none, and
 * nothing else tells the two apart.
 */
export class Probe {
  readonly #answers = new Map<string, Player | null>();
  readonly #asked: ReadonlySet<string>;
  readonly #done = Promise.withResolvers<void>();

  constructor(guildIds: readonly string[]) {
    this.#asked = new Set(guildIds);
  }

  /**
   * Takes a player update. True when it says that the player is gone, which must not reach the state: it still
   * knows what the player was like.
   */
  take({ guildId, state }: PlayerUpdate): boolean {
    if (!this.#asked.has(guildId)) return false;
    this.#answers.set(guildId, state);
    if (this.#answers.size === this.#asked.size) this.#done.resolve();
    return isGone(state);
  }

  /** Waits until the node has answered for every guild, or takes too long. */
  async answered(clock: Clock, signal: AbortSignal): Promise<void> {
    const done = () => this.#done.resolve();
    const timer = clock.setTimeout(done, answerTimeoutMs);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    await this.#done.promise;
    clock.clearTimeout(timer);
    signal.removeEventListener("abort", done);
  }

  /** What to send so that the player is as it was and its events come here. */
  async messages(guildId: string, state: AbstractState): Promise<Message[]> {
    const player = this.#answers.get(guildId);
    const messages = await playerStateMessages(await state.get(guildId));
    if (player !== undefined && isGone(player)) return messages;
    // A node sends events only to those who play; one that replaces nothing changes nothing.
    return messages
      .filter(({ op }) => op === "play")
      .map(({ op, payload }) => ({ op, payload: { ...payload, noReplace: true } }));
  }
}

const isGone = (player: Player | null): boolean =>
  player === null || (player.position === null && Object.keys(player.mixer).length === 0);
