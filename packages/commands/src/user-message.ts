import { AsterError, CommandError, ExtensionError, Status } from "@asterite/aster";
import { CommandsError, UserError } from "./errors.ts";
import { formatDuration } from "./text/duration.ts";
import type { BotTexts } from "./texts.ts";

/** Names of the texts for errors by their codes. */
const byCode: { readonly [code: string]: FixedText } = {
  WAIT_TIMED_OUT: "answerTimedOut",
  WAIT_CANCELLED: "cancelled",
  WAIT_LIMIT: "tooManyQuestions",
  COMMAND_TIMED_OUT: "commandTimedOut",
  CONNECTION_LOST: "connectionLost",
  TIMED_OUT: "serverTimedOut",
};

/** Name of a text without values. */
type FixedText = {
  [Name in keyof BotTexts]: BotTexts[Name] extends string ? Name : never;
}[keyof BotTexts];

/** Reaction to an error of a command. */
export interface ErrorReaction {
  /** Sentence that answers the user. */
  readonly reply: string;
  /** Whether the error is expected, so that it does not reach the error boundary. */
  readonly isExpected: boolean;
}

function describeRefusal({ status, reason = "", retryAfterMs }: CommandError, texts: BotTexts): string {
  const [, permission] = /^permission:(\w+)$/.exec(reason) ?? [];
  if (permission !== undefined) return texts.botNeedsPermission(permission);
  if (reason === "rank") return texts.rankTooHigh;
  if (retryAfterMs !== undefined) return texts.slowMode(formatDuration(retryAfterMs));
  if (status === Status.Forbidden) return texts.botForbidden;
  return status === Status.NotFound ? texts.gone : texts.unexpected;
}

/** Returns how to react to an error of a command. */
export function reactTo(error: unknown, texts: BotTexts): ErrorReaction {
  if (error instanceof UserError) return { reply: error.message, isExpected: true };
  if (error instanceof CommandError) return { reply: describeRefusal(error, texts), isExpected: false };
  if (error instanceof ExtensionError)
    return { reply: texts.unsupported(error.extension), isExpected: false };
  if (!(error instanceof CommandsError || error instanceof AsterError)) {
    return { reply: texts.unexpected, isExpected: false };
  }
  const isExpected = ["WAIT_TIMED_OUT", "WAIT_CANCELLED", "WAIT_LIMIT"].includes(error.code);
  return { reply: texts[byCode[error.code] ?? "unexpected"], isExpected };
}
