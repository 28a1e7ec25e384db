import { UserError } from "../errors.ts";
import type { DjSettings } from "../options.ts";
import { quoted } from "../sanitize.ts";
import { soundCommands } from "./audio-commands.ts";
import { affectsNothing, type Command } from "./command.ts";
import { tellingCommands } from "./info-commands.ts";
import { addingCommands } from "./play-commands.ts";
import { playingCommands } from "./playback-commands.ts";
import { orderingCommands } from "./queue-commands.ts";

export type { Call, Command } from "./command.ts";

/** `!skip [how many]` */
const usageOf = ({ name, usage }: Command, { prefix }: DjSettings): string =>
  `\`${prefix}${name}${usage === "" ? "" : ` ${usage}`}\``;

function helpOf(command: Command, settings: DjSettings): string {
  const { aliases = [], help, more } = command;
  const others =
    aliases.length === 0 ? "" : ` (also ${aliases.map((name) => settings.prefix + name).join(", ")})`;
  return [`${usageOf(command, settings)}${others}: ${help}.`, ...(more ? [more(settings)] : [])].join("\n");
}

const helpCommand: Command = {
  name: "help",
  usage: "[command]",
  help: "shows what there is, or more about one command",
  affects: affectsNothing,
  run: ({ argument, settings }) => {
    const { prefix } = settings;
    const name = argument.toLowerCase();
    if (name === "")
      return commands.map((command) => `${usageOf(command, settings)} ${command.help}`).join("\n");
    const command = findCommand(name.startsWith(prefix) ? name.slice(prefix.length) : name);
    if (command) return helpOf(command, settings);
    throw new UserError(`There is no ${quoted(argument, 30)}. \`${prefix}help\` shows what there is.`);
  },
};

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  ...addingCommands,
  ...playingCommands,
  ...orderingCommands,
  ...soundCommands,
  ...tellingCommands,
  helpCommand,
];

const byName = new Map(
  commands.flatMap((command) =>
    [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const),
  ),
);

/** The command of a name or an alias, in small letters. */
export const findCommand = (name: string): Command | undefined => byName.get(name);

/** How many letters have to be changed, added, taken away or swapped with the next one between two words. */
function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swapped =
        isSwapped && row > 1 && column > 1 ? (beforeLast[column - 2] ?? 0) + 1 : Number.MAX_VALUE;
      const kept = (last[column - 1] ?? 0) + cost;
      next.push(Math.min(kept, (last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, swapped));
    }
    [beforeLast, last] = [last, next];
  }
  return last[other.length] ?? 0;
}

/** The command that was probably meant; undefined for a word that may be the command of another bot. */
export function guessCommand(word: string): Command | undefined {
  if (word.length < 4 || word.length > 12) return undefined;
  return commands.find(
    ({ name }) => distance(word, name) === 1 || (name.length > 6 && distance(word, name) === 2),
  );
}
