import {
  type EventName,
  fromMilli,
  type NodeEvent,
  readMessage,
  type UnknownNodeEvent,
  type WireError,
} from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import { AndesiteError } from "../models/errors.ts";
import type { Play } from "../operations/playback.ts";
import { ReceiveOperation } from "./receive-operation.ts";

type EventOf<Type extends EventName> = Extract<NodeEvent, { type: Type }>;

/**
 * Reads an event of a given type.
 *
 * @throws MalformedDataError when the object does not match the definition.
 */
function readEvent<Type extends EventName>(type: Type, raw: unknown): EventOf<Type> {
  const read = readMessage({ ...(raw as object), op: "event", type });
  if (read.type === "event") return read.event as EventOf<Type>;
  const { field, expected } = read.type === "invalid" ? read : { field: "", expected: "an object" };
  throw new MalformedDataError(type, field, expected);
}

/** Base class of events about a player. */
export abstract class AndesiteEvent extends ReceiveOperation {
  readonly op = "event";
  /** Name of the event on the wire. */
  readonly type: string;
  /** Id of the bot whose player it is; null when the node omits it. */
  readonly userId: string | null;
  /** Id of the guild. Null only for an unknown event that has none. */
  readonly guildId: string | null;

  constructor({ type, userId, guildId }: UnknownNodeEvent) {
    super();
    this.type = type;
    this.userId = userId;
    this.guildId = guildId;
  }
}

/** Base class of events about a track. */
export abstract class TrackEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /**
   * Encoded track, base64. It contains the current position, so it can differ from the string passed to
   * `play`.
   */
  readonly track: string;
  /** Operation of this client that started the track; null when another client did. Set by the client. */
  play: Play | null = null;

  constructor(event: NodeEvent & { readonly fields: { readonly track: string } }) {
    super(event);
    this.track = event.fields.track;
  }

  /** Data of the application about the track, see `PlayOptions.userData`; null for none. */
  get userData(): unknown {
    return this.play?.userData ?? null;
  }

  override toJSON(): Record<string, unknown> {
    const { play: _play, ...fields } = super.toJSON();
    return { ...fields, userData: this.userData };
  }
}

/** Emitted when a track started. */
export class TrackStartEvent extends TrackEvent {
  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackStartEvent {
    return new TrackStartEvent(readEvent("TrackStartEvent", raw));
  }
}

/** Emitted when a track ended. */
export class TrackEndEvent extends TrackEvent {
  /** One of `TrackEndReason`; newer nodes may send other values. */
  readonly reason: string;
  /** Whether the bot should start the next track of its queue. */
  readonly mayStartNext: boolean;

  constructor(event: EventOf<"TrackEndEvent">) {
    super(event);
    this.reason = event.fields.reason;
    this.mayStartNext = event.fields.mayStartNext;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackEndEvent {
    return new TrackEndEvent(readEvent("TrackEndEvent", raw));
  }
}

/** Emitted when a track failed. A {@link TrackEndEvent} follows. */
export class TrackExceptionEvent extends TrackEvent {
  /** Message of the exception. */
  readonly error: string | null;
  /** Exception of the node. When the node sends only a message, its class is `unknown`. */
  readonly exception: AndesiteError;

  constructor(event: EventOf<"TrackExceptionEvent">) {
    super(event);
    const { error, exception } = event.fields;
    this.error = error;
    this.exception = readException(error, exception);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackExceptionEvent {
    return new TrackExceptionEvent(readEvent("TrackExceptionEvent", raw));
  }
}

/** Emitted when a track has provided no audio for longer than the threshold. The track stays loaded. */
export class TrackStuckEvent extends TrackEvent {
  /** Threshold in seconds. */
  readonly threshold: number;

  constructor(event: EventOf<"TrackStuckEvent">) {
    super(event);
    this.threshold = fromMilli(event.fields.thresholdMs);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackStuckEvent {
    return new TrackStuckEvent(readEvent("TrackStuckEvent", raw));
  }
}

/** Emitted when the node's connection to Discord's voice gateway closed. Sent to all clients of the node. */
export class WebSocketClosedEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /** Close reason of Discord; null for none. */
  readonly reason: string | null;
  /** Close code of Discord's voice gateway. */
  readonly code: number;
  /** True when Discord closed the connection, false when the node did. */
  readonly byRemote: boolean;

  constructor(event: EventOf<"WebSocketClosedEvent">) {
    super(event);
    this.reason = event.fields.reason;
    this.code = event.fields.code;
    this.byRemote = event.fields.byRemote;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): WebSocketClosedEvent {
    return new WebSocketClosedEvent(readEvent("WebSocketClosedEvent", raw));
  }
}

/**
 * Emitted when a player was destroyed by this client, by another one, or by the node. When it had a track, a
 * {@link TrackEndEvent} follows.
 */
export class PlayerDestroyedEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /** Whether the node removed the player because it had no listener for too long. */
  readonly cleanup: boolean;

  constructor(event: EventOf<"PlayerDestroyedEvent">) {
    super(event);
    this.cleanup = event.fields.cleanup;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): PlayerDestroyedEvent {
    return new PlayerDestroyedEvent(readEvent("PlayerDestroyedEvent", raw));
  }
}

/**
 * Emitted when a node refused an operation of this client, such as a filter that it does not accept. Only
 * Asterite's nodes report it; other nodes ignore the operation.
 */
export class OperationFailedEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /** Name of the operation on the wire, such as `play`. */
  readonly operation: string;
  /** Track of a refused `play`, as it was sent; null for other operations and when the node omits it. */
  readonly track: string | null;
  /** Message of the exception. */
  readonly error: string | null;
  /** Exception of the node. */
  readonly exception: AndesiteError;

  constructor(event: EventOf<"OperationFailedEvent">) {
    super(event);
    const { operation, track, error, exception } = event.fields;
    this.operation = operation;
    this.track = track;
    this.error = error;
    this.exception = readException(error, exception);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): OperationFailedEvent {
    return new OperationFailedEvent(readEvent("OperationFailedEvent", raw));
  }
}

/**
 * Emitted when a station announced what it plays now, and when this client plays on a player with such a track. Only
 * Asterite's nodes report it.
 */
export class TrackTitleEvent extends TrackEvent {
  /** Text of the station, often `ARTIST - TITLE`; at most 1,000 characters. */
  readonly title: string;

  constructor(event: EventOf<"TrackTitleEvent">) {
    super(event);
    this.title = event.fields.title;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackTitleEvent {
    return new TrackTitleEvent(readEvent("TrackTitleEvent", raw));
  }
}

/** Returns the exception of an event; one of the class `unknown` when the node sends only a message. */
const readException = (error: string | null, exception: WireError | null): AndesiteError =>
  AndesiteError.fromWire(
    exception ?? { class: "unknown", message: error, stack: [], suppressed: [], cause: null },
  );

/** Event for which this library has no class. */
export class UnknownAndesiteEvent extends AndesiteEvent {
  /** The whole event as received; a shallow copy. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(event: UnknownNodeEvent, body: Readonly<Record<string, unknown>>) {
    super(event);
    // A deep copy could overflow the stack for a hostile, deeply nested body.
    this.body = { ...body };
  }
}
