import { argumentError, checkKnownNames, UserError } from "../errors.ts";
import type { MessageContext } from "../message-context.ts";
import { formatDuration } from "../text/duration.ts";
import { ServerRates } from "./server-rates.ts";

/** What a cooldown counts separately. */
export type CooldownScope = "user" | "channel" | "server";

/** Rate at which a command may be used. */
export interface Cooldown {
  /** Whether uses are counted per account, per channel or per server. Default `user`. */
  readonly per?: CooldownScope;
  /** Uses in a row, at least 1. Default 1. */
  readonly burst?: number;
  /** Interval in ms after which one more use is allowed, above 0. */
  readonly everyMs: number;
}

const scopes: readonly unknown[] = ["user", "channel", "server"];

/** Counts the uses of one command on all servers. */
export class CooldownCounter {
  readonly #scope: CooldownScope;
  readonly #rates: ServerRates;

  /** @throws CommandsError `ARGUMENT_INVALID` for an invalid cooldown. */
  constructor(cooldown: Cooldown) {
    checkKnownNames("cooldown", cooldown, ["per", "burst", "everyMs"]);
    const { per = "user", burst = 1, everyMs } = cooldown;
    if (!scopes.includes(per)) throw argumentError("cooldown.per", per, "user, channel or server");
    if (!(burst >= 1)) throw argumentError("cooldown.burst", burst, "a number of at least 1");
    if (!(everyMs > 0)) throw argumentError("cooldown.everyMs", everyMs, "a number above 0");
    this.#scope = per;
    this.#rates = new ServerRates({ burst, everyMs });
  }

  /**
   * Counts a use.
   *
   * @throws UserError with the remaining time if it is too early.
   */
  use({ server, channel, author, texts }: MessageContext, nowMs: number): void {
    const limiter = this.#rates.on(server);
    const key = { user: author.uuid, channel: channel.uuid, server: 0 }[this.#scope];
    const remainingMs = limiter.remainingMs(key, nowMs);
    if (limiter.tryUse(key, nowMs)) return;
    throw new UserError(texts.cooldown(this.#scope, formatDuration(remainingMs)));
  }
}
