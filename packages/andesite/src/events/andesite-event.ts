import {
  type EventName,
  fromMilli,
  type NodeEvent,
  readMessage,
  type UnknownNodeEvent,
} from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import { AndesiteError } from "../models/errors.ts";
import { ReceiveOperation } from "./receive-operation.ts";

type EventOf<Type extends EventName> = Extract<NodeEvent, { type: Type }>;

/**
 * An event of a type.
 *
 * @throws MalformedDataError when the object does not fit.
 */
function readEvent<Type extends EventName>(type: Type, raw: unknown): EventOf<Type> {
  const read = readMessage({ ...(raw as object), op: "event", type });
  if (read.type === "event") return read.event as EventOf<Type>;
  const { field, expected } = read.type === "invalid" ? read : { field: "", expected: "an object" };
  throw new MalformedDataError(type, field, expected);
}

/** Something happened to a player. */
export abstract class AndesiteEvent extends ReceiveOperation {
  readonly op = "event";
  /** Name of the event on the wire. */
  readonly type: string;
  /** The bot whose player it is; null where the node does not say. */
  readonly userId: string | null;
  /** Null only where an unknown event does not name its guild. */
  readonly guildId: string | null;

  constructor({ type, userId, guildId }: UnknownNodeEvent) {
    super();
    this.type = type;
    this.userId = userId;
    this.guildId = guildId;
  }
}

/** An event about a track. */
export abstract class TrackEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /** The track at that moment, so its encoded position differs from what was given to `play`. */
  readonly track: string;

  constructor(event: NodeEvent & { readonly fields: { readonly track: string } }) {
    super(event);
    this.track = event.fields.track;
  }
}

/** A track was started. */
export class TrackStartEvent extends TrackEvent {
  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackStartEvent {
    return new TrackStartEvent(readEvent("TrackStartEvent", raw));
  }
}

/** A track ended. */
export class TrackEndEvent extends TrackEvent {
  /** One of `TrackEndReason`; newer nodes may send other texts. */
  readonly reason: string;
  /** Whether a bot should go on with its queue. */
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

/** A track failed; its end follows. */
export class TrackExceptionEvent extends TrackEvent {
  /** The message alone. */
  readonly error: string | null;
  /** Where the node sends only a message, an error of the class `unknown` with it. */
  readonly exception: AndesiteError;

  constructor(event: EventOf<"TrackExceptionEvent">) {
    super(event);
    const { error, exception } = event.fields;
    this.error = error;
    this.exception = AndesiteError.fromWire(
      exception ?? { class: "unknown", message: error, stack: [], suppressed: [], cause: null },
    );
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackExceptionEvent {
    return new TrackExceptionEvent(readEvent("TrackExceptionEvent", raw));
  }
}

/** A track has given no audio for too long. It stays loaded. */
export class TrackStuckEvent extends TrackEvent {
  /** What is too long, in seconds. */
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

/** The node's connection to Discord's voice gateway closed. Every client of the node gets this. */
export class WebSocketClosedEvent extends AndesiteEvent {
  declare readonly guildId: string;
  /** What Discord said, if anything. */
  readonly reason: string | null;
  /** Close code of Discord. */
  readonly code: number;
  /** Whether Discord closed it, and not the node. */
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

/** An event for which this library has no class, `PlayerDestroyedEvent` among them. */
export class UnknownAndesiteEvent extends AndesiteEvent {
  /** The whole event as it came; a copy of its first level. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(event: UnknownNodeEvent, body: Readonly<Record<string, unknown>>) {
    super(event);
    // Not a deep copy, which fails for a body that is nested without end.
    this.body = { ...body };
  }
}
