import * as v from "valibot";
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

const envelope = v.looseObject({ command: v.string(), status: v.pipe(v.number(), v.safeInteger()) });

/** Reads what every packet from a server must have; a text that is not JSON is refused too. */
export function parsePacket(text: string): Checked<Packet> {
  let packet: unknown;
  try {
    packet = JSON.parse(text);
  } catch {
    return { ok: false, field: "", expected: "JSON" };
  }
  return check(envelope, packet);
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
