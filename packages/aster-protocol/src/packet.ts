import { type CommandName, commands, type ReplyFields } from "./commands.ts";
import { type PushFields, type PushName, pushes } from "./pushes.ts";
import { type Checked, check, schemasOf } from "./validate.ts";

/** Any packet from a server, with its remaining fields unchecked. */
export interface Packet {
  /** Name of the command answered, or of the push. */
  readonly command: string;
  /** A number of {@link Status}; other servers may send others. */
  readonly status: number;
  /** Whatever else the packet holds. */
  readonly [field: string]: unknown;
}

/** Reads what every packet from a server must have; a text that is not JSON is refused too. */
export function parsePacket(text: string): Checked<Packet> {
  let packet: unknown;
  try {
    packet = JSON.parse(text);
  } catch {
    return { ok: false, field: "", expected: "JSON" };
  }
  // By hand, because a client does this for every packet and a schema would copy it.
  if (typeof packet !== "object" || packet === null || Array.isArray(packet)) {
    return { ok: false, field: "", expected: "Object" };
  }
  const { command, status } = packet as { readonly command?: unknown; readonly status?: unknown };
  if (typeof command !== "string") return { ok: false, field: "command", expected: "string" };
  if (!Number.isSafeInteger(status)) return { ok: false, field: "status", expected: "safe integer" };
  return { ok: true, value: packet as Packet };
}

const replySchema = schemasOf<CommandName>((name) => commands[name].reply);
const pushSchema = schemasOf<PushName>((name) => pushes[name].fields);

/** Checks the fields of a 200 reply. */
export function checkReply<Name extends CommandName>(name: Name, packet: Packet): Checked<ReplyFields<Name>> {
  return check(replySchema(name), packet) as Checked<ReplyFields<Name>>;
}

/** Checks the fields of a push. */
export function checkPush<Name extends PushName>(name: Name, packet: Packet): Checked<PushFields<Name>> {
  return check(pushSchema(name), packet) as Checked<PushFields<Name>>;
}
