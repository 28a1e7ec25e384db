import {
  type MessageFields,
  type MessageName,
  type MetadataValue,
  readMessage,
} from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import { Player } from "../models/player.ts";
import type { Stats } from "../models/stats.ts";

/** What an operation tells about the connection that received it. */
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

/** What a node sends over a WebSocket. */
export abstract class ReceiveOperation {
  /** Name on the wire. */
  abstract readonly op: string;
  /** The client that received it, which sets this; null for one that was made otherwise. */
  client: ReceivingClient | null = null;
}

/**
 * The fields of a message.
 *
 * @throws MalformedDataError when the object does not fit.
 */
function readMessageFields<Name extends MessageName>(op: Name, raw: unknown): MessageFields<Name> {
  const read = readMessage({ ...(raw as object), op });
  // The name was put in above, which the compiler cannot follow.
  if (read.type === "message") return read.message.fields as unknown as MessageFields<Name>;
  const { field, expected } = read.type === "invalid" ? read : { field: "", expected: "an object" };
  throw new MalformedDataError(op, field, expected);
}

/** The answer to a ping. */
export class PongResponse extends ReceiveOperation {
  readonly op = "pong";
  /** The bot that asked; null where the node does not say. */
  readonly userId: string | null;
  /** Null where the node does not repeat it. */
  readonly guildId: string | null;

  constructor({ userId, guildId }: MessageFields<"pong">) {
    super();
    this.userId = userId;
    this.guildId = guildId;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): PongResponse {
    return new PongResponse(readMessageFields("pong", raw));
  }
}

/** The id of this connection, which later resumes it. */
export class ConnectionUpdate extends ReceiveOperation {
  readonly op = "connection-id";
  /** The id, opaque. */
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

/** The node's description of itself. */
export class MetadataUpdate extends ReceiveOperation {
  readonly op = "metadata";
  /** By the keys of the wire, such as `nodeRegion`. */
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

/** Statistics that were asked for. */
export class StatsUpdate extends ReceiveOperation {
  readonly op = "stats";
  /** The bot that asked; null where the node does not say. */
  readonly userId: string | null;
  /** The statistics. */
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

/** The state of a player: an answer, or sent every few seconds and after each event. */
export class PlayerUpdate extends ReceiveOperation {
  readonly op = "player-update";
  /** The bot whose player it is; null where the node does not say. */
  readonly userId: string | null;
  /** The guild whose player it is. */
  readonly guildId: string;
  /** Null when the node has no player for the guild. */
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
