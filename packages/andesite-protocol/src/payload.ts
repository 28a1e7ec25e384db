import { type AnySchema, object } from "@asterite/util/schema";
import { CloseCode, closeReasons } from "./close-codes.ts";
import { isOperationName, type OperationFields, type OperationName, operations } from "./operations.ts";
import { parseSnowflake } from "./snowflake.ts";
import { type Checked, check, type Problem } from "./validate.ts";

/** A valid operation. */
export type Operation = {
  [Name in OperationName]: {
    readonly op: Name;
    readonly fields: OperationFields<Name>;
    /** Id of the guild; null only for operations that require none. */
    readonly guildId: string | null;
    /** User id in the payload, which overrides that of the connection; null for none. */
    readonly userId: string | null;
    /** The whole payload, needed for `filters` and `ping`. */
    readonly payload: Readonly<Record<string, unknown>>;
  };
}[OperationName];

/** Result of {@link parsePayload}. */
export type ParsedPayload =
  | { readonly type: "operation"; readonly operation: Operation }
  /** The node must close the connection. */
  | { readonly type: "close"; readonly code: CloseCode; readonly reason: string }
  /** An unknown operation, which the node ignores. */
  | { readonly type: "unknown"; readonly op: string }
  /** A malformed operation, to which the node does not reply. The ids are null when they are malformed. */
  | ({
      readonly type: "invalid";
      readonly op: OperationName;
      readonly guildId: string | null;
      readonly userId: string | null;
      /** The whole payload. */
      readonly payload: Readonly<Record<string, unknown>>;
    } & Problem);

const close = (code: CloseCode, reason: string): ParsedPayload => ({ type: "close", code, reason });

const schemas = new Map<OperationName, AnySchema>();

function schemaOf(op: OperationName): AnySchema {
  let schema = schemas.get(op);
  if (!schema) {
    schema = object(operations[op].fields);
    schemas.set(op, schema);
  }
  return schema;
}

/** Parses a message of a client, as a node does. Never throws. */
export function parsePayload(text: string): ParsedPayload {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return close(CloseCode.NOT_JSON, closeReasons.notJson);
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    return close(CloseCode.NOT_JSON, `${closeReasons.notJson}: not an object`);
  }
  return readPayload(payload as Record<string, unknown>);
}

function readPayload(payload: Record<string, unknown>): ParsedPayload {
  const { op, guildId: givenGuild, userId: givenUser } = payload;
  if (op === undefined || op === null) return close(CloseCode.MISSING_FIELD, closeReasons.noOperation);
  if (typeof op !== "string" || !isOperationName(op)) return { type: "unknown", op: String(op) };
  const guildId = readId(givenGuild);
  const userId = readId(givenUser);
  const invalid = (field: string, expected: string): ParsedPayload => ({
    type: "invalid",
    op,
    guildId: guildId ?? null,
    userId: userId ?? null,
    payload,
    field,
    expected,
  });
  if (operations[op].guild) {
    if (guildId === null) return close(CloseCode.MISSING_FIELD, closeReasons.noGuild);
    // When absent, the user of the connection applies; only an explicit null is invalid.
    if (givenUser === null) return close(CloseCode.MISSING_FIELD, closeReasons.noUser);
    if (guildId === undefined) return invalid("guildId", "an unsigned 64-bit decimal");
    if (userId === undefined) return invalid("userId", "an unsigned 64-bit decimal");
  }
  const fields = readOperation(op, payload);
  if (!fields.ok) return invalid(fields.field, fields.expected);
  return {
    type: "operation",
    // The compiler cannot infer that the schema is that of `op`.
    operation: { op, fields: fields.value, guildId, userId, payload } as unknown as Operation,
  };
}

/** Reads the fields of an operation from a payload or the body of an HTTP request. */
export function readOperation<Name extends OperationName>(
  op: Name,
  body: unknown,
): Checked<OperationFields<Name>> {
  return check(schemaOf(op), body) as Checked<OperationFields<Name>>;
}

/** Returns null for an absent id, undefined for an invalid one. */
function readId(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? (parseSnowflake(value) ?? undefined) : undefined;
}
