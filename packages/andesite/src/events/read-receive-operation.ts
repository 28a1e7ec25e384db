import { type NodeEvent, type NodeMessage, type Problem, readMessage } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { InvalidTypeError } from "../errors.ts";
import {
  type AndesiteEvent,
  OperationFailedEvent,
  PlayerDestroyedEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  TrackTitleEvent,
  UnknownAndesiteEvent,
  WebSocketClosedEvent,
} from "./andesite-event.ts";
import {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  PongResponse,
  type ReceiveOperation,
  StatsUpdate,
} from "./receive-operation.ts";

/** Class of each message except events, by its name on the wire. */
export const OP_MAP = /* @__PURE__ */ Object.freeze({
  pong: PongResponse,
  "connection-id": ConnectionUpdate,
  metadata: MetadataUpdate,
  stats: StatsUpdate,
  "player-update": PlayerUpdate,
});

/** Class of each event, by its type on the wire. */
export const EVENT_MAP = /* @__PURE__ */ Object.freeze({
  TrackStartEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStuckEvent,
  WebSocketClosedEvent,
  PlayerDestroyedEvent,
  OperationFailedEvent,
  TrackTitleEvent,
});

type OperationClass = (typeof OP_MAP)[keyof typeof OP_MAP];
type EventClass = (typeof EVENT_MAP)[keyof typeof EVENT_MAP] | typeof UnknownAndesiteEvent;

/** Returns the class of an event by its type; {@link UnknownAndesiteEvent} for unknown types. */
export const getEventModel = (type: string): EventClass =>
  Object.hasOwn(EVENT_MAP, type) ? EVENT_MAP[type as keyof typeof EVENT_MAP] : UnknownAndesiteEvent;

/** Returns the class of a message by its name and, for events, the type; null for unknown names. */
export function getUpdateModel(op: string, eventType?: string | null): OperationClass | EventClass | null {
  if (op === "event") return typeof eventType === "string" ? getEventModel(eventType) : null;
  return Object.hasOwn(OP_MAP, op) ? OP_MAP[op as keyof typeof OP_MAP] : null;
}

/** Result of {@link readReceiveOperation}. */
export type ReceivedOperation =
  | { readonly operation: ReceiveOperation; readonly problem: null }
  /** Both null: a message that is unknown to this library. */
  | { readonly operation: null; readonly problem: Problem | null };

/**
 * Converts a JSON object from a node to an operation, and neither changes nor keeps the object.
 *
 * @throws InvalidTypeError only for a body that is no object.
 */
export function readReceiveOperation(body: Readonly<Record<string, unknown>>): ReceivedOperation {
  if (!isRecord(body)) throw new InvalidTypeError("body", "an object");
  const read = readMessage(body);
  switch (read.type) {
    case "message":
      return { operation: makeOperation(read.message), problem: null };
    case "event":
      return { operation: makeEvent(read.event), problem: null };
    case "unknown-event":
      return { operation: new UnknownAndesiteEvent(read.event, body), problem: null };
    case "invalid":
      return { operation: null, problem: { field: read.field, expected: read.expected } };
    case "unknown":
      return { operation: null, problem: null };
  }
}

function makeOperation(message: NodeMessage): ReceiveOperation {
  switch (message.op) {
    case "pong":
      return new PongResponse(message.fields);
    case "connection-id":
      return new ConnectionUpdate(message.fields);
    case "metadata":
      return new MetadataUpdate(message.fields);
    case "stats":
      return new StatsUpdate(message.fields);
    case "player-update":
      return new PlayerUpdate(message.fields);
  }
}

function makeEvent(event: NodeEvent): AndesiteEvent {
  switch (event.type) {
    case "TrackStartEvent":
      return new TrackStartEvent(event);
    case "TrackEndEvent":
      return new TrackEndEvent(event);
    case "TrackExceptionEvent":
      return new TrackExceptionEvent(event);
    case "TrackStuckEvent":
      return new TrackStuckEvent(event);
    case "WebSocketClosedEvent":
      return new WebSocketClosedEvent(event);
    case "PlayerDestroyedEvent":
      return new PlayerDestroyedEvent(event);
    case "OperationFailedEvent":
      return new OperationFailedEvent(event);
    case "TrackTitleEvent":
      return new TrackTitleEvent(event);
  }
}
