import { AsterError, CommandError, ExtensionError, Status } from "@asterite/aster";
import { CommandsError, UserError } from "./errors.ts";
import { formatDuration } from "./text/duration.ts";

/** Sentence for an error that says nothing to the user. */
const unexpected = "Something went wrong. The error has been reported.";

const byCode: { readonly [code: string]: string } = {
  WAIT_TIMED_OUT: "You took too long to answer. Send the command again to start over.",
  WAIT_CANCELLED: "Cancelled.",
  WAIT_LIMIT: "Too many questions are open. Answer them first, or send `cancel`.",
  COMMAND_TIMED_OUT: "That took too long and was stopped.",
  CONNECTION_LOST: "The connection to the server was lost. Try again in a moment.",
  TIMED_OUT: "The server took too long to respond. Try again in a moment.",
};

/** Reaction to an error of a command. */
export interface ErrorReaction {
  /** Sentence that answers the user. */
  readonly reply: string;
  /** Whether the error is expected, so that it does not reach the error boundary. */
  readonly isExpected: boolean;
}

const describeRefusal = ({ status, reason = "", retryAfterMs }: CommandError): string => {
  const [, permission] = /^permission:(\w+)$/.exec(reason) ?? [];
  if (permission !== undefined) return `I need the permission \`${permission}\` to do that here.`;
  if (reason === "rank") return "I can't do that to an account or group that isn't below mine.";
  if (retryAfterMs !== undefined)
    return `Slow mode is on here. Try again in ${formatDuration(retryAfterMs)}.`;
  if (status === Status.Forbidden) return "I don't have permission to do that here.";
  return status === Status.NotFound ? "That doesn't exist any more." : unexpected;
};

/** Returns how to react to an error of a command. */
export function reactTo(error: unknown): ErrorReaction {
  if (error instanceof UserError) return { reply: error.message, isExpected: true };
  if (error instanceof CommandsError) {
    const isExpected = ["WAIT_TIMED_OUT", "WAIT_CANCELLED", "WAIT_LIMIT"].includes(error.code);
    return { reply: byCode[error.code] ?? unexpected, isExpected };
  }
  if (error instanceof CommandError) return { reply: describeRefusal(error), isExpected: false };
  if (error instanceof ExtensionError) {
    return { reply: `This server doesn't support ${error.extension}.`, isExpected: false };
  }
  const reply = error instanceof AsterError ? byCode[error.code] : undefined;
  return { reply: reply ?? unexpected, isExpected: false };
}
