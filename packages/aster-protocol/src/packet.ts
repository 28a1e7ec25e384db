import { isRecord } from "@asterite/util";
import type { CommandName } from "./commands.ts";
import { type PushFields, type PushName, pushes } from "./pushes.ts";
import { type ReplyFields, replies } from "./replies.ts";
import { type Checked, check, schemasOf } from "./validate.ts";

/** A packet from a server. Fields other than `command` and `status` are not validated. */
export interface Packet {
  /** Name of the command that the packet replies to, or of the push. */
  readonly command: string;
  /** A number of {@link Status}. Other implementations may send other numbers. */
  readonly status: number;
  /** Further fields, not validated. */
  readonly [field: string]: unknown;
}

/**
 * Parses a packet from a server and validates `command` and `status`. Text that is not JSON fails the check.
 */
export function parsePacket(text: string): Checked<Packet> {
  let packet: unknown;
  try {
    packet = JSON.parse(text);
  } catch {
    return { ok: false, field: "", expected: "JSON" };
  }
  // Without a schema, which would copy every packet that a client receives.
  if (!isRecord(packet)) return { ok: false, field: "", expected: "Object" };
  const { command, status } = packet as { readonly command?: unknown; readonly status?: unknown };
  if (typeof command !== "string") return { ok: false, field: "command", expected: "string" };
  if (!Number.isSafeInteger(status)) return { ok: false, field: "status", expected: "safe integer" };
  return { ok: true, value: packet as Packet };
}

const replySchema = schemasOf<CommandName>((name) => replies[name] ?? {});
const pushSchema = schemasOf<PushName>((name) => pushes[name]);

/** Validates the fields of a reply with status 200. */
export function checkReply<Name extends CommandName>(name: Name, packet: Packet): Checked<ReplyFields<Name>> {
  return check(replySchema(name), packet) as Checked<ReplyFields<Name>>;
}

/** Validates the fields of a push. */
export function checkPush<Name extends PushName>(name: Name, packet: Packet): Checked<PushFields<Name>> {
  return check(pushSchema(name), packet) as Checked<PushFields<Name>>;
}
