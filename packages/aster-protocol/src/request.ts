import { isRecord } from "@asterite/util";
import {
  type CommandDefinition,
  type CommandName,
  commands,
  isCommandName,
  type RequestFields,
} from "./commands.ts";
import type { Reason } from "./reasons.ts";
import { parseStrictJson } from "./strict-json.ts";
import { check, schemasOf } from "./validate.ts";

/** A valid request: the command and its fields. */
export type Request = {
  [Name in CommandName]: { readonly command: Name; readonly fields: RequestFields<Name> };
}[CommandName];

/** An invalid request. The reply has status 400 and the name `command`. */
export interface MalformedRequest {
  /** Name of the command for the reply; `unknown` if the request has none. */
  readonly command: string;
  /** Description for logs, with the name of the invalid field but never its value. */
  readonly description: string;
  /** Reason for connections with the extension `reasons`. */
  readonly reason: Reason;
}

/** Result of {@link parseRequest}. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly malformed: MalformedRequest };

const reject = (command: string, description: string, reason: Reason): ParsedRequest => ({
  ok: false,
  malformed: { command, description, reason },
});

/** Returns the reason for an invalid field. Only its outermost name, because the sender may choose the others. */
const invalid = (path: string): Reason => `invalid:${path.split(".", 1)[0] ?? path}`;

const requestSchema = schemasOf<CommandName>((name) => commands[name].request);

/**
 * Parses and validates a line or WebSocket message from a client.
 *
 * Validation precedes login and permission checks, so a malformed request gets status 400 on any connection.
 * Unknown fields are dropped. Null in an optional field counts as absent.
 */
export function parseRequest(text: string): ParsedRequest {
  let packet: unknown;
  try {
    packet = parseStrictJson(text);
  } catch (error) {
    const description = error instanceof Error ? `not JSON: ${describe(error)}` : "not JSON";
    return reject("unknown", description, "malformed");
  }
  if (!isRecord(packet)) return reject("unknown", "a request must be a JSON object", "malformed");
  const command = Object.hasOwn(packet, "command") ? packet["command"] : undefined;
  if (typeof command !== "string") return reject("unknown", "field command: expected string", "malformed");
  if (!isCommandName(command)) return reject(command, "no such command", "unsupported");
  const checked = check(requestSchema(command), packet);
  if (!checked.ok) {
    const { field, expected } = checked;
    return reject(command, `field ${field}: expected ${expected}`, invalid(field));
  }
  const { oneOf }: CommandDefinition = commands[command];
  if (oneOf && !oneOf.some((field) => checked.value[field] !== undefined)) {
    return reject(command, `field ${oneOf.join(" or ")}: expected string`, invalid(oneOf[0]));
  }
  // The schema belongs to this command, which the compiler cannot follow through the table.
  return { ok: true, request: { command, fields: checked.value } as unknown as Request };
}

/** Returns the reason of a parse error. Messages of V8 quote the input, which may contain a password. */
const describe = (error: Error): string =>
  error.message.startsWith("nested") || error.message.startsWith("lone") ? error.message : "syntax error";
