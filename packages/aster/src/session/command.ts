import type { CommandName, ReplyFields, RequestInput } from "@asterite/aster-protocol";
import type { RequestOptions } from "./request-matcher.ts";

/**
 * Runs a command of the protocol and returns the fields of its reply; rejects with a CommandError for a
 * status other than 200.
 */
export type Command = <Name extends CommandName>(
  name: Name,
  fields: RequestInput<Name>,
  options?: RequestOptions,
) => Promise<ReplyFields<Name>>;
