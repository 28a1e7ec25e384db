import type { PlayerReport } from "../../players/player-report.ts";
import type { PlayerContent, PlayerMessage } from "../../players/players.ts";
import type { Dialect } from "./dialect.ts";

/** A player update as it stands on the wire. */
export const playerUpdate = (
  dialect: Dialect,
  userId: string,
  guildId: string,
  state: PlayerReport | null,
): object => ({ op: dialect === "lavalink" ? "playerUpdate" : "player-update", userId, guildId, state });

/** What of a message about a player is written. */
type PlayerPayload = Pick<PlayerMessage, "userId" | "guildId"> & { readonly content: PlayerContent };

/** A message about a player, written once for each dialect whatever the number of its receivers. */
export class OutgoingMessage {
  readonly #message: PlayerPayload;
  readonly #encoded: { [Name in Dialect]?: Buffer } = {};

  constructor(message: PlayerPayload) {
    this.#message = message;
  }

  /** JSON in UTF-8, to be shared and not changed; null where the dialect has no such message. */
  encode(dialect: Dialect): Buffer | null {
    const known = this.#encoded[dialect];
    if (known) return known;
    const { content } = this.#message;
    // As in the answers to what is asked about a player that is not there (section 10 of the protocol).
    if (dialect === "lavalink" && content.type === "update" && content.state === null) return null;
    const bytes = Buffer.from(JSON.stringify(toWire(this.#message, dialect)));
    this.#encoded[dialect] = bytes;
    return bytes;
  }
}

function toWire({ userId, guildId, content }: PlayerPayload, dialect: Dialect): object {
  if (content.type === "update") return playerUpdate(dialect, userId, guildId, content.state);
  const { name: type, fields } = content;
  const event = { op: "event", type, userId, guildId, ...fields };
  // Lavalink's clients expect a text there.
  const needsReason = dialect === "lavalink" && type === "WebSocketClosedEvent" && fields["reason"] === null;
  return needsReason ? { ...event, reason: "" } : event;
}
