import type { PlayerReport } from "../../players/player-report.ts";
import { type PlayerContent, type PlayerMessage, titleEvent } from "../../players/players.ts";
import type { Dialect } from "./dialect.ts";

/** Returns a player update in its wire format. */
export function playerUpdate(
  dialect: Dialect,
  userId: string,
  guildId: string,
  state: PlayerReport | null,
): object {
  if (dialect === "andesite") return { op: "player-update", userId, guildId, state };
  const { position = null, ...others } = state ?? {};
  // Lavalink clients calculate with a position that is present.
  return { op: "playerUpdate", userId, guildId, state: position === null ? others : state };
}

/** Client, as far as messages depend on it. */
interface Recipient {
  readonly dialect: Dialect;
  /** Whether the client negotiated `track-titles`. */
  readonly reportsTitles: boolean;
}

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
   * Returns the shared UTF-8 JSON, which must not be modified; undefined if the client must not receive such a message.
   */
  encode({ dialect, reportsTitles }: Recipient): Buffer | undefined {
    const { content } = this.#message;
    if (content.type === "event" && content.name === titleEvent && !reportsTitles) return undefined;
    const known = this.#encoded[dialect];
    if (known) return known;
    // Lavalink has no update for a player that does not exist (section 10 of the protocol).
    if (dialect === "lavalink" && content.type === "update" && content.state === null) return undefined;
    const bytes = Buffer.from(JSON.stringify(toWire(this.#message, dialect)));
    this.#encoded[dialect] = bytes;
    return bytes;
  }
}

function toWire({ userId, guildId, content }: PlayerPayload, dialect: Dialect): object {
  if (content.type === "update") return playerUpdate(dialect, userId, guildId, content.state);
  const { name: type, fields, error } = content;
  const event = { op: "event", type, userId, guildId, ...fields };
  if (dialect === "andesite") return event;
  if (error) {
    const { severity } = error;
    return { ...event, exception: Object.assign({}, fields["exception"], { severity }) };
  }
  // Lavalink clients expect a string.
  return type === "WebSocketClosedEvent" && fields["reason"] === null ? { ...event, reason: "" } : event;
}
