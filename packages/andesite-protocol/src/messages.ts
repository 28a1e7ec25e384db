import * as v from "valibot";
import { type EventFields, type EventName, events, isEventName, mayStartNext } from "./events.ts";
import { player } from "./player.ts";
import { type FieldsOut, maybe, object, orNull, snowflake } from "./schema.ts";
import { stats } from "./stats.ts";
import { check, type Problem } from "./validate.ts";

const metadataValue = v.union([v.string(), v.number(), v.array(v.string())]);

/** What a node sends beside events: the fields of each message beside `op`. */
export const messages = {
  "connection-id": { id: v.union([v.string(), v.pipe(v.number(), v.transform(String))]) },
  metadata: {
    data: v.pipe(
      v.record(v.string(), v.unknown()),
      // A value of a new kind must not cost the region and the id.
      v.transform((data) =>
        Object.fromEntries(
          Object.entries(data).filter((entry): entry is [string, MetadataValue] =>
            v.is(metadataValue, entry[1]),
          ),
        ),
      ),
    ),
  },
  stats: { userId: orNull(snowflake), stats },
  "player-update": { userId: orNull(snowflake), guildId: snowflake, state: orNull(player) },
  /** Whatever the `ping` held comes back beside these. */
  pong: { userId: orNull(snowflake), guildId: orNull(snowflake) },
} as const;

/** One piece of a node's description of itself. */
export type MetadataValue = v.InferOutput<typeof metadataValue>;

/** Name of a message, as it travels in `op`. Events have the name `event`. */
export type MessageName = keyof typeof messages;

/** The fields of a message after validation. */
export type MessageFields<Name extends MessageName> = FieldsOut<(typeof messages)[Name]>;

/** A message that is not an event. */
export type NodeMessage = {
  [Name in MessageName]: { readonly op: Name; readonly fields: MessageFields<Name> };
}[MessageName];

/** An event of one of the known types. */
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

/** An event of a type that this protocol does not know. */
export interface UnknownNodeEvent {
  /** Its name on the wire. */
  readonly type: string;
  /** The bot whose player it is, where the node says so. */
  readonly userId: string | null;
  /** The guild whose player it is, where the node says so. */
  readonly guildId: string | null;
}

/** The outcome of {@link readMessage}. */
export type ReadMessage =
  | { readonly type: "message"; readonly message: NodeMessage }
  | { readonly type: "event"; readonly event: NodeEvent }
  | { readonly type: "unknown-event"; readonly event: UnknownNodeEvent }
  /** Without a known `op`, or an event without a type. */
  | { readonly type: "unknown" }
  /** A known one that does not fit its definition. */
  | ({ readonly type: "invalid"; readonly name: MessageName | EventName } & Problem);

const unknownEvent = object({
  userId: maybe(v.string()),
  guildId: maybe(v.string()),
});

const schemas = new Map<string, v.GenericSchema>();

function schemaOf(name: string, entries: v.ObjectEntries): v.GenericSchema {
  let schema = schemas.get(name);
  if (!schema) {
    schema = object(entries);
    schemas.set(name, schema);
  }
  return schema;
}

/** Whether a text is the name of a message. */
export const isMessageName = (name: string): name is MessageName => Object.hasOwn(messages, name);

/** Reads a JSON object from a node. Never throws and does not change the object. */
export function readMessage(body: Readonly<Record<string, unknown>>): ReadMessage {
  const { op, type } = body;
  if (op === "event") return typeof type === "string" ? readEvent(type, body) : { type: "unknown" };
  if (typeof op !== "string" || !isMessageName(op)) return { type: "unknown" };
  const checked = check(schemaOf(op, messages[op]), body);
  if (!checked.ok) return { type: "invalid", name: op, field: checked.field, expected: checked.expected };
  // The schema was looked up by this very name, which the compiler cannot follow through the table.
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
