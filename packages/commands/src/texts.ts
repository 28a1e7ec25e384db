import { argumentError, checkKnownNames } from "./errors.ts";

/**
 * Texts with which the framework answers users. Texts with values are functions. Values that come from users
 * are quoted and inert already.
 */
export interface BotTexts {
  /** Answer that ends a conversation. */
  readonly cancelWord: string;
  /** A command failed for a reason that does not concern its user. */
  readonly unexpected: string;
  /** The user sent commands above `userRate`. */
  readonly tooFast: string;
  /** A wait for the answer of the user timed out. */
  readonly answerTimedOut: string;
  /** The user ended the conversation. */
  readonly cancelled: string;
  /** More waits than `maxWaitsPerUser` are open. */
  readonly tooManyQuestions: string;
  /** The command ran longer than `commandTimeoutMs`. */
  readonly commandTimedOut: string;
  /** The connection to the chat server was lost during the command. */
  readonly connectionLost: string;
  /** The chat server did not reply in time. */
  readonly serverTimedOut: string;
  /** The bot lacks a permission. */
  readonly botNeedsPermission: (permission: string) => string;
  /** The chat server refused an action of the bot without naming a permission. */
  readonly botForbidden: string;
  /** The group of an account is not below those of the bot. */
  readonly rankTooHigh: string;
  /** Slow mode; `wait` is a duration such as `45 s`. */
  readonly slowMode: (wait: string) => string;
  /** The object of the command was deleted. */
  readonly gone: string;
  /** The chat server lacks a protocol extension. */
  readonly unsupported: (extension: string) => string;
  /** A guard refused the command without a sentence. */
  readonly refused: string;
  /** The user lacks a permission. */
  readonly needsPermission: (permission: string, on: "channel" | "server") => string;
  /** The user is in none of the groups. */
  readonly needsGroup: (groups: readonly string[]) => string;
  /** The cooldown of the command has not passed; `wait` is a duration such as `45 s`. */
  readonly cooldown: (scope: keyof typeof owners, wait: string) => string;
  /** A required argument is missing; `allowed` describes its values. */
  readonly argumentMissing: (name: string, allowed: string) => string;
  /** An argument has a text that is not allowed; `name` is undefined for the answer to a question. */
  readonly argumentWrong: (name: string | undefined, given: string, allowed: string) => string;
  /** An argument has too many words; `name` is undefined for the answer to a question. */
  readonly argumentTooLong: (name: string | undefined, maxWords: number) => string;
  /** Text after the last argument. */
  readonly argumentSurplus: (given: string) => string;
  /** A quotation mark without its counterpart. */
  readonly quoteOpen: (opening: string, closing: string) => string;
  /** A duration above the largest one. */
  readonly durationTooLong: (given: string, longest: string) => string;
  /** No account has the name. */
  readonly accountUnknown: (name: string) => string;
  /** Several accounts have the name. */
  readonly accountAmbiguous: (name: string) => string;
  /** No channel that the user can use has the name. */
  readonly channelUnknown: (name: string) => string;
  /** No message that the user can read has the uuid. */
  readonly messageUnknown: (uuid: number) => string;
  /** How a command is used, after a sentence about its arguments. */
  readonly usage: (usage: string) => string;
  /** How to end a conversation, after a sentence about a wrong answer. */
  readonly howToCancel: (cancelWord: string) => string;
  /** A command is probably misspelled; `command` has its prefix. */
  readonly didYouMean: (command: string) => string;
  /** `help` of a command that does not exist. */
  readonly commandUnknown: (name: string, helpCommand: string) => string;
  /** A group of commands has no command of a name; the list of its commands follows. */
  readonly subcommandUnknown: (group: string, name: string) => string;
  /** The list of commands is empty. */
  readonly noCommands: string;
  /** Other names of a command, after its usage. */
  readonly alsoNamed: (names: readonly string[]) => string;
  /** Description of the command `help`. */
  readonly helpDescription: string;
}

const subject = (name: string | undefined): string => (name === undefined ? "The answer" : `\`${name}\``);
const owners = { user: "You can", channel: "This channel can", server: "This server can" } as const;

/** The English texts, which the option `texts` of a bot replaces. */
export const defaultBotTexts: BotTexts = Object.freeze<BotTexts>({
  cancelWord: "cancel",
  unexpected: "Something went wrong. The error has been reported.",
  tooFast: "You're going too fast – try again in a moment.",
  answerTimedOut: "You took too long to answer. Send the command again to start over.",
  cancelled: "Cancelled.",
  tooManyQuestions: "Too many questions are open. Answer them first, or send `cancel`.",
  commandTimedOut: "That took too long and was stopped.",
  connectionLost: "The connection to the server was lost. Try again in a moment.",
  serverTimedOut: "The server took too long to respond. Try again in a moment.",
  botNeedsPermission: (permission) => `I need the permission \`${permission}\` to do that here.`,
  botForbidden: "I don't have permission to do that here.",
  rankTooHigh: "I can't do that to an account or group that isn't below mine.",
  slowMode: (wait) => `Slow mode is on here. Try again in ${wait}.`,
  gone: "That doesn't exist any more.",
  unsupported: (extension) => `This server doesn't support ${extension}.`,
  refused: "You can't do that here.",
  needsPermission: (permission, on) =>
    `You need the permission \`${permission}\` ${on === "server" ? "on this server" : "in this channel"}.`,
  needsGroup: (groups) => `Only members of ${groups.join(" or ")} can do that.`,
  cooldown: (scope, wait) => `${owners[scope]} use that again in ${wait}.`,
  argumentMissing: (name, allowed) => `\`${name}\` is missing. Give ${allowed}.`,
  argumentWrong: (name, given, allowed) => `${subject(name)} can't be ${given}. Give ${allowed}.`,
  argumentTooLong: (name, maxWords) => `${subject(name)} can't be more than ${maxWords} words.`,
  argumentSurplus: (given) => `${given} is one argument too many.`,
  quoteOpen: (opening, closing) =>
    `The quotation mark ${opening} is not closed. Add ${closing} after the text.`,
  durationTooLong: (given, longest) => `${given} is too long. Give at most ${longest}.`,
  accountUnknown: (name) => `There's no account ${name}. Give a name, such as @ann, or a uuid.`,
  accountAmbiguous: (name) => `${name} is the name of several accounts. Give the uuid.`,
  channelUnknown: (name) =>
    `There's no channel ${name} that you can use here. Give a name, such as #general, or a uuid.`,
  messageUnknown: (uuid) => `There's no message ${uuid} that you can read.`,
  usage: (usage) => `Usage: \`${usage}\``,
  howToCancel: (cancelWord) => `To stop, send \`${cancelWord}\`.`,
  didYouMean: (command) => `Did you mean \`${command}\`?`,
  commandUnknown: (name, helpCommand) => `There's no command ${name}. \`${helpCommand}\` lists the commands.`,
  subcommandUnknown: (group, name) => `\`${group}\` has no ${name}.`,
  noCommands: "There are no commands that you can use here.",
  alsoNamed: (names) => `(also ${names.join(", ")})`,
  helpDescription: "lists the commands, or describes one of them",
});

/**
 * Completes texts with the English ones.
 *
 * @throws CommandsError `ARGUMENT_INVALID` for an unknown name, and for a text or function in the place of the other.
 */
export function readTexts(given: Partial<BotTexts> = {}): BotTexts {
  checkKnownNames("texts", given, Object.keys(defaultBotTexts));
  const defined = Object.entries(given).filter(([, text]) => text !== undefined);
  for (const [name, text] of defined) {
    const expected = typeof defaultBotTexts[name as keyof BotTexts];
    if (typeof text !== expected) throw argumentError(`texts.${name}`, text, `a ${expected}`);
  }
  return { ...defaultBotTexts, ...Object.fromEntries(defined) };
}
