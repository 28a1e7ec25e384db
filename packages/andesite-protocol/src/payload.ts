import type * as v from "valibot";
import { CloseCode, closeReasons } from "./close-codes.ts";
import { isOperationName, type OperationFields, type OperationName, operations } from "./operations.ts";
import { object } from "./schema.ts";
import { parseSnowflake } from "./snowflake.ts";
import { type Checked, check, type Problem } from "./validate.ts";

/** A well-formed operation. */
export type Operation = {
  [Name in OperationName]: {
    readonly op: Name;
    readonly fields: OperationFields<Name>;
    /** Null only for operations that need no guild. */
    readonly guildId: string | null;
    /** The user that the payload names instead of the connection's; null for the connection's. */
    readonly userId: string | null;
    /** The whole payload, for `filters` and `ping`. */
    readonly payload: Readonly<Record<string, unknown>>;
  };
}[OperationName];

/** The outcome of {@link parsePayload}. */
export type ParsedPayload =
  | { readonly type: "operation"; readonly operation: Operation }
  /** The connection is to be closed. */
  | { readonly type: "close"; readonly code: CloseCode; readonly reason: string }
  /** An operation that this protocol does not know; it is ignored. */
  | { readonly type: "unknown"; readonly op: string }
  /** An operation that fails without an answer. */
  | ({ readonly type: "invalid"; readonly op: OperationName } & Problem);

const close = (code: CloseCode, reason: string): ParsedPayload => ({ type: "close", code, reason });

const schemas = new Map<OperationName, v.GenericSchema>();

function schemaOf(op: OperationName): v.GenericSchema {
  let schema = schemas.get(op);
  if (!schema) {
    schema = object(operations[op].fields);
    schemas.set(op, schema);
  }
  return schema;
}

/** Reads one frame from a client, as a node does. Never throws. */
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
  const invalid = (field: string, expected: string): ParsedPayload => ({
    type: "invalid",
    op,
    field,
    expected,
  });
  const guildId = readId(givenGuild);
  const userId = readId(givenUser);
  if (operations[op].guild) {
    if (guildId === null) return close(CloseCode.MISSING_FIELD, closeReasons.noGuild);
    // Absent, the connection's user is meant; only an explicit null asks for nobody.
    if (givenUser === null) return close(CloseCode.MISSING_FIELD, closeReasons.noUser);
    if (guildId === undefined) return invalid("guildId", "an unsigned 64-bit decimal");
    if (userId === undefined) return invalid("userId", "an unsigned 64-bit decimal");
  }
  const fields = readOperation(op, payload);
  if (!fields.ok) return invalid(fields.field, fields.expected);
  return {
    type: "operation",
    // The schema was looked up by this very name, which the compiler cannot follow through the table.
    operation: { op, fields: fields.value, guildId, userId, payload } as unknown as Operation,
  };
}

/** Reads the fields of an operation from the body of a REST request or from a payload. */
export function readOperation<Name extends OperationName>(
  op: Name,
  body: unknown,
): Checked<OperationFields<Name>> {
  return check(schemaOf(op), body) as Checked<OperationFields<Name>>;
}

/** Null where there is none, undefined where it is no snowflake. */
function readId(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? (parseSnowflake(value) ?? undefined) : undefined;
}
