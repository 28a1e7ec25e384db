import {
  type CommandDefinition,
  type CommandName,
  commands,
  isCommandName,
  type RequestFields,
} from "./commands.ts";
import { parseStrictJson } from "./strict-json.ts";
import { check, schemasOf } from "./validate.ts";

/** A well-formed request: the command with its fields. */
export type Request = {
  [Name in CommandName]: { readonly command: Name; readonly fields: RequestFields<Name> };
}[CommandName];

/** A request that is answered with status 400 under `command`. */
export interface MalformedRequest {
  /** The name to echo; `unknown` where none could be read. */
  readonly command: string;
  /** What is wrong, naming the field and never its value. */
  readonly reason: string;
}

/** The outcome of {@link parseRequest}. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly malformed: MalformedRequest };

const refuse = (command: string, reason: string): ParsedRequest => ({
  ok: false,
  malformed: { command, reason },
});

const requestSchema = schemasOf<CommandName>((name) => commands[name].request);

/**
 * Reads one line or WebSocket message from a client.
 *
 * The shape of a request is checked before anything else, so a malformed one is refused with 400 whoever
 * sends it. Unknown fields are dropped; a field that is null counts as absent where it is optional.
 */
export function parseRequest(text: string): ParsedRequest {
  let packet: unknown;
  try {
    packet = parseStrictJson(text);
  } catch (error) {
    return refuse("unknown", error instanceof Error ? `not JSON: ${describe(error)}` : "not JSON");
  }
  if (typeof packet !== "object" || packet === null || Array.isArray(packet)) {
    return refuse("unknown", "a request must be a JSON object");
  }
  const command = "command" in packet && Object.hasOwn(packet, "command") ? packet.command : undefined;
  if (typeof command !== "string") return refuse("unknown", "field command: expected string");
  if (!isCommandName(command)) return refuse(command, "no such command");
  const checked = check(requestSchema(command), packet);
  if (!checked.ok) return refuse(command, `field ${checked.field}: expected ${checked.expected}`);
  const { oneOf }: CommandDefinition = commands[command];
  if (oneOf && !oneOf.some((field) => checked.value[field] !== undefined)) {
    return refuse(command, `field ${oneOf.join(" or ")}: expected string`);
  }
  // The schema was looked up by this very name, which the compiler cannot follow through the table.
  return { ok: true, request: { command, fields: checked.value } as unknown as Request };
}

/** V8 quotes the text around a syntax error, which may hold a password. */
const describe = (error: Error): string =>
  error.message.startsWith("nested") || error.message.startsWith("lone") ? error.message : "syntax error";
