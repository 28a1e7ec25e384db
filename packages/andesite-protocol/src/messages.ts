import {
  type AnySchema,
  type Fields,
  type FieldsOut,
  object,
  optional,
  transform,
  unknown,
} from "@asterite/util/schema";
import { type EventFields, type EventName, events, isEventName, mayStartNext } from "./events.ts";
import { player } from "./player.ts";
import { either, finite, jsonObject, optionalString, orNull, snowflake, string } from "./schema.ts";
import { stats } from "./stats.ts";
import { check, type Problem } from "./validate.ts";

/** Schemas of the fields of each message of a node except events, besides `op`. */
export const messages = {
  "connection-id": { id: transform(either(string, finite), String) },
  metadata: {
    // Values of unknown types are dropped, so that the other values can still be read.
    data: transform(jsonObject, (data) =>
      Object.fromEntries(
        Object.entries(data).filter((entry): entry is [string, MetadataValue] => isMetadataValue(entry[1])),
      ),
    ),
  },
  stats: { userId: orNull(snowflake), stats },
  "player-update": { userId: orNull(snowflake), guildId: snowflake, state: orNull(player) },
  /** Contains all other fields of the `ping` as well. Clients mark the end of a query with `asteriteQuery`. */
  pong: {
    userId: orNull(snowflake),
    guildId: orNull(snowflake),
    asteriteQuery: optional(unknown, () => null),
  },
} as const;

/** Value of a metadata key. */
export type MetadataValue = string | number | string[];

const isMetadataValue = (value: unknown): value is MetadataValue =>
  typeof value === "string" ||
  typeof value === "number" ||
  (Array.isArray(value) && value.every((item) => typeof item === "string"));

/** Name of a message on the wire, in the field `op`. Events have the name `event`. */
export type MessageName = keyof typeof messages;

/** Fields of a message after validation. */
export type MessageFields<Name extends MessageName> = FieldsOut<(typeof messages)[Name]>;

/** A message other than an event. */
export type NodeMessage = {
  [Name in MessageName]: { readonly op: Name; readonly fields: MessageFields<Name> };
}[MessageName];

/** An event of a known type. */
export type NodeEvent = {
  [Name in EventName]: {
    readonly type: Name;
    readonly userId: string | null;
    readonly guildId: string;
    readonly fields: Name extends "TrackEndEvent"
      ? EventFields<Name> & { readonly mayStartNext: boolean }
      : EventFields<Name>;
  };
}[EventName];

/** An event of an unknown type. */
export interface UnknownNodeEvent {
  /** Type of the event on the wire. */
  readonly type: string;
  /** Id of the bot whose player it is; null when the node omits it. */
  readonly userId: string | null;
  /** Id of the guild whose player it is; null when the node omits it. */
  readonly guildId: string | null;
}

/** Result of {@link readMessage}. */
export type ReadMessage =
  | { readonly type: "message"; readonly message: NodeMessage }
  | { readonly type: "event"; readonly event: NodeEvent }
  | { readonly type: "unknown-event"; readonly event: UnknownNodeEvent }
  /** A message with an unknown `op`, or an event without a type. */
  | { readonly type: "unknown" }
  /** A known message that does not match its definition. */
  | ({ readonly type: "invalid"; readonly name: MessageName | EventName } & Problem);

const unknownEvent = object({
  userId: optionalString,
  guildId: optionalString,
});

const schemas = new Map<string, AnySchema>();

function schemaOf(name: string, entries: Fields): AnySchema {
  let schema = schemas.get(name);
  if (!schema) {
    schema = object(entries);
    schemas.set(name, schema);
  }
  return schema;
}

/** Returns whether a string is the name of a known message. */
export const isMessageName = (name: string): name is MessageName => Object.hasOwn(messages, name);

/** Reads a JSON object from a node. Never throws, and does not change the object. */
export function readMessage(body: Readonly<Record<string, unknown>>): ReadMessage {
  const { op, type } = body;
  if (op === "event") return typeof type === "string" ? readEvent(type, body) : { type: "unknown" };
  if (typeof op !== "string" || !isMessageName(op)) return { type: "unknown" };
  const checked = check(schemaOf(op, messages[op]), body);
  if (!checked.ok) return { type: "invalid", name: op, field: checked.field, expected: checked.expected };
  // The compiler cannot infer that the schema is that of `op`.
  return { type: "message", message: { op, fields: checked.value } as NodeMessage };
}

const eventEntries = { userId: orNull(snowflake), guildId: snowflake };

function readEvent(type: string, body: Readonly<Record<string, unknown>>): ReadMessage {
  if (!isEventName(type)) {
    const ids = check(unknownEvent, body);
    const { userId = null, guildId = null } = ids.ok ? ids.value : {};
    return { type: "unknown-event", event: { type, userId, guildId } };
  }
  const checked = check(schemaOf(`event ${type}`, { ...eventEntries, ...events[type] }), body);
  if (!checked.ok) return { type: "invalid", name: type, field: checked.field, expected: checked.expected };
  const { userId, guildId, ...fields } = checked.value as Record<string, unknown>;
  if (type === "TrackEndEvent") {
    const { reason, mayStartNext: stated } = fields;
    Object.assign(fields, { mayStartNext: stated ?? mayStartNext(String(reason)) });
  }
  return { type: "event", event: { type, userId, guildId, fields } as unknown as NodeEvent };
}
