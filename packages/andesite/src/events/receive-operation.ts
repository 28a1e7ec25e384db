import {
  type MessageFields,
  type MessageName,
  type MetadataValue,
  readMessage,
} from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import { Player } from "../models/player.ts";
import type { Stats } from "../models/stats.ts";

/** Properties of the client that received an operation. */
export interface ReceivingClient {
  /** Whether the connection is open and usable. */
  readonly connected: boolean;
  /** Id of the connection; null before the first one. */
  readonly connectionId: string | null;
  /** Id of the node; null before the first connection. */
  readonly nodeId: string | null;
  /** Region of the node; null before the first connection. */
  readonly nodeRegion: string | null;
}

/** Base class of messages that a node sends over the WebSocket. */
export abstract class ReceiveOperation {
  /** Name of the operation on the wire. */
  abstract readonly op: string;
  /** Client that received the operation; null when the object was created otherwise. */
  client: ReceivingClient | null = null;

  /** Returns all fields except the client, for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).filter(([name]) => name !== "client"));
  }
}

/**
 * Reads the fields of a message.
 *
 * @throws MalformedDataError when the object does not match the definition.
 */
function readMessageFields<Name extends MessageName>(op: Name, raw: unknown): MessageFields<Name> {
  const read = readMessage({ ...(raw as object), op });
  // The compiler cannot infer that `op` is the name passed above.
  if (read.type === "message") return read.message.fields as unknown as MessageFields<Name>;
  const { field, expected } = read.type === "invalid" ? read : { field: "", expected: "an object" };
  throw new MalformedDataError(op, field, expected);
}

/** Reply to a ping. */
export class PongResponse extends ReceiveOperation {
  readonly op = "pong";
  /** Id of the bot; null when the node omits it. */
  readonly userId: string | null;
  /** Id of the guild in the ping; null when the node omits it. */
  readonly guildId: string | null;
  /** Number of the query that the ping ended; null for other pings, and when the node omits it. */
  readonly asteriteQuery: unknown;

  constructor({ userId, guildId, asteriteQuery }: MessageFields<"pong">) {
    super();
    this.userId = userId;
    this.guildId = guildId;
    this.asteriteQuery = asteriteQuery;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): PongResponse {
    return new PongResponse(readMessageFields("pong", raw));
  }
}

/** Id of the connection, with which the next connection can resume it. */
export class ConnectionUpdate extends ReceiveOperation {
  readonly op = "connection-id";
  /** The opaque id. */
  readonly id: string;

  constructor({ id }: MessageFields<"connection-id">) {
    super();
    this.id = id;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): ConnectionUpdate {
    return new ConnectionUpdate(readMessageFields("connection-id", raw));
  }
}

/** Metadata of the node. */
export class MetadataUpdate extends ReceiveOperation {
  readonly op = "metadata";
  /** Values by their keys on the wire, such as `nodeRegion`. */
  readonly data: Readonly<Record<string, MetadataValue>>;

  constructor({ data }: MessageFields<"metadata">) {
    super();
    this.data = data;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): MetadataUpdate {
    return new MetadataUpdate(readMessageFields("metadata", raw));
  }
}

/** Reply to a request for statistics. */
export class StatsUpdate extends ReceiveOperation {
  readonly op = "stats";
  /** Id of the bot; null when the node omits it. */
  readonly userId: string | null;
  /** Statistics of the node. */
  readonly stats: Stats;

  constructor({ userId, stats }: MessageFields<"stats">) {
    super();
    this.userId = userId;
    this.stats = stats;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): StatsUpdate {
    return new StatsUpdate(readMessageFields("stats", raw));
  }
}

/** State of a player: a reply to an operation, or sent every few seconds and after each event. */
export class PlayerUpdate extends ReceiveOperation {
  readonly op = "player-update";
  /** Id of the bot whose player it is; null when the node omits it. */
  readonly userId: string | null;
  /** Id of the guild whose player it is. */
  readonly guildId: string;
  /** State of the player; null when the node has none for the guild. */
  readonly state: Player | null;

  constructor({ userId, guildId, state }: MessageFields<"player-update">) {
    super();
    this.userId = userId;
    this.guildId = guildId;
    this.state = state && Player.fromWire(state);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): PlayerUpdate {
    return new PlayerUpdate(readMessageFields("player-update", raw));
  }
}
