import * as v from "@asterite/util/schema";
import type { Packet } from "./packet.ts";
import { uuid } from "./schema.ts";
import { Status } from "./status.ts";
import { check } from "./validate.ts";

// Apart from the other pushes, so that clients contain these only if they use invocations.

const invocation = v.object({
  /** Names the invocation in `answer_invocation`. */
  invocation: v.string,
  channel: uuid,
  author_uuid: uuid,
  /** Name of the command. */
  name: v.string,
  arguments: v.string,
});

const invocationAnswer = v.object({
  /** Id that the client chose. */
  id: v.string,
  channel: uuid,
  /** The bot. */
  author_uuid: uuid,
  content: v.string,
});

/** Push `invocation` to a bot, extension `invoke`: an account has invoked one of its commands. */
export type InvocationPush = v.OutputOf<typeof invocation>;
/** Push `invocation_answer` to the account that has invoked a command, extension `invoke`. */
export type InvocationAnswerPush = v.OutputOf<typeof invocationAnswer>;

/** Reads a push `invocation`; undefined for any other packet. */
export const readInvocation = (packet: Packet): InvocationPush | undefined =>
  read(packet, "invocation", invocation);

/** Reads a push `invocation_answer`; undefined for any other packet. */
export const readInvocationAnswer = (packet: Packet): InvocationAnswerPush | undefined =>
  read(packet, "invocation_answer", invocationAnswer);

function read<Output>(packet: Packet, command: string, schema: v.Schema<Output>): Output | undefined {
  if (packet.command !== command || packet.status !== Status.Ok) return undefined;
  const checked = check(schema, packet);
  return checked.ok ? checked.value : undefined;
}
