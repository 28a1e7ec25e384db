import type { PlayerReport } from "../../players/player-report.ts";
import type { PlayerContent, PlayerMessage } from "../../players/players.ts";
import type { Dialect } from "./dialect.ts";

/** Returns a player update in its wire format. */
export const playerUpdate = (
  dialect: Dialect,
  userId: string,
  guildId: string,
  state: PlayerReport | null,
): object => ({ op: dialect === "lavalink" ? "playerUpdate" : "player-update", userId, guildId, state });

/** Part of a player message that is sent. */
type PlayerPayload = Pick<PlayerMessage, "userId" | "guildId"> & { readonly content: PlayerContent };

/** Message about a player, encoded once per dialect and shared by all subscribers. */
export class OutgoingMessage {
  readonly #message: PlayerPayload;
  readonly #encoded: { [Name in Dialect]?: Buffer } = {};

  constructor(message: PlayerPayload) {
    this.#message = message;
  }

  /**
   * Returns the shared UTF-8 JSON, which must not be modified; undefined if the dialect has no such message.
   */
  encode(dialect: Dialect): Buffer | undefined {
    const known = this.#encoded[dialect];
    if (known) return known;
    const { content } = this.#message;
    // Lavalink has no update for a player that does not exist (section 10 of the protocol).
    if (dialect === "lavalink" && content.type === "update" && content.state === null) return undefined;
    const bytes = Buffer.from(JSON.stringify(toWire(this.#message, dialect)));
    this.#encoded[dialect] = bytes;
    return bytes;
  }
}

function toWire({ userId, guildId, content }: PlayerPayload, dialect: Dialect): object {
  if (content.type === "update") return playerUpdate(dialect, userId, guildId, content.state);
  const { name: type, fields } = content;
  const event = { op: "event", type, userId, guildId, ...fields };
  // Lavalink clients expect a string.
  const needsReason = dialect === "lavalink" && type === "WebSocketClosedEvent" && fields["reason"] === null;
  return needsReason ? { ...event, reason: "" } : event;
}
