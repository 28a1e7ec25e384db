import * as v from "@asterite/util/schema";

const text = v.stringOf(0, 300);

/** State that a bot publishes in a channel under the key `commands`, specified in docs/music-state.md. */
const botCommands = v.object({
  v: v.oneOf(1),
  prefix: v.stringOf(1, 32),
  /** Link to the music library, if there is one. */
  library: v.optional(v.nullable(v.stringOf(0, 4000))),
  /** Whether the bot accepts commands that are no messages. */
  invoke: v.optional(v.boolean),
  commands: v.array(v.object({ name: v.stringOf(1, 100), arguments: text, description: text }), 200),
});

/** Commands of a bot in a channel. */
export interface BotCommands extends v.OutputOf<typeof botCommands> {
  /** Uuid of the bot. */
  readonly bot: number;
}
/** A command of a bot. */
export type BotCommand = BotCommands["commands"][number];

/** Channel state key of the commands. */
export const commandsKey = "commands";

/** Parses published commands; undefined if they are invalid. */
export function parseCommands(value: unknown, bot: number): BotCommands | undefined {
  const commands = botCommands(value);
  return commands instanceof v.Mismatch ? undefined : { ...commands, bot };
}

/** Maximum length of a list from which a number is chosen. */
const maxChoices = 25;

/** Returns how many hits an answer lists to choose from: lines that are numbered from 1. */
export function countChoices(answer: string): number {
  const numbers = [...answer.matchAll(/^(\d{1,3})\. /gm)].map(([, number]) => Number(number));
  const isList = numbers.every((number, index) => number === index + 1);
  return isList && numbers.length <= maxChoices ? numbers.length : 0;
}

/** Returns the commands whose names begin with the text up to the caret, which has to be all of the message so far. */
export function completeCommand(
  typed: string,
  { prefix, commands }: BotCommands,
  max: number,
): readonly BotCommand[] {
  if (!typed.startsWith(prefix) || typed.includes("\n")) return [];
  const start = typed.slice(prefix.length).toLowerCase();
  const found = commands.filter(({ name }) => name.toLowerCase().startsWith(start));
  return found.slice(0, max);
}
