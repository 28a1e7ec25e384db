import { type NodeEvent, type NodeMessage, type Problem, readMessage } from "@asterite/andesite-protocol";
import {
  type AndesiteEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
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

/** The class of each message by its name on the wire, except for events. */
export const OP_MAP = Object.freeze({
  pong: PongResponse,
  "connection-id": ConnectionUpdate,
  metadata: MetadataUpdate,
  stats: StatsUpdate,
  "player-update": PlayerUpdate,
});

/** The class of each event by its type on the wire. */
export const EVENT_MAP = Object.freeze({
  TrackStartEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStuckEvent,
  WebSocketClosedEvent,
});

type OperationClass = (typeof OP_MAP)[keyof typeof OP_MAP];
type EventClass = (typeof EVENT_MAP)[keyof typeof EVENT_MAP] | typeof UnknownAndesiteEvent;

/** The class of an event by its type; {@link UnknownAndesiteEvent} for one that has none. */
export const getEventModel = (type: string): EventClass =>
  Object.hasOwn(EVENT_MAP, type) ? EVENT_MAP[type as keyof typeof EVENT_MAP] : UnknownAndesiteEvent;

/** The class of a message by its name and, for events, their type; null where there is none. */
export function getUpdateModel(op: string, eventType?: string | null): OperationClass | EventClass | null {
  if (op === "event") return typeof eventType === "string" ? getEventModel(eventType) : null;
  return Object.hasOwn(OP_MAP, op) ? OP_MAP[op as keyof typeof OP_MAP] : null;
}

/** The outcome of {@link readReceiveOperation}. */
export type ReceivedOperation =
  | { readonly operation: ReceiveOperation; readonly problem: null }
  /** Null twice: a message that this library does not know. */
  | { readonly operation: null; readonly problem: Problem | null };

/** Reads a JSON object from a node. Never throws and does not change or keep the object. */
export function readReceiveOperation(body: Readonly<Record<string, unknown>>): ReceivedOperation {
  const read = readMessage(body);
  switch (read.type) {
    case "message":
      return { operation: makeOperation(read.message), problem: null };
    case "event":
      return { operation: makeEvent(read.event, body), problem: null };
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

function makeEvent(event: NodeEvent, body: Readonly<Record<string, unknown>>): AndesiteEvent {
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
      return new UnknownAndesiteEvent(event, body);
  }
}
