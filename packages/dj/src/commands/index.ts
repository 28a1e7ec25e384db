import { UserError } from "../errors.ts";
import type { DjSettings } from "../options.ts";
import { quote } from "../sanitize.ts";
import { audioCommands } from "./audio-commands.ts";
import { affectsNothing, type Command } from "./command.ts";
import { infoCommands } from "./info-commands.ts";
import { playCommands } from "./play-commands.ts";
import { playbackCommands } from "./playback-commands.ts";
import { queueCommands } from "./queue-commands.ts";

export type { Command } from "./command.ts";

/** Formats a command with its arguments: `!skip [count]` */
const usageOf = ({ name, usage }: Command, { prefix }: DjSettings): string =>
  `\`${prefix}${name}${usage === "" ? "" : ` ${usage}`}\``;

function helpOf(command: Command, settings: DjSettings): string {
  const { aliases = [], help, details } = command;
  const others =
    aliases.length === 0 ? "" : ` (also ${aliases.map((name) => settings.prefix + name).join(", ")})`;
  const lines = [`${usageOf(command, settings)}${others} – ${help}.`];
  if (details) lines.push(details(settings));
  return lines.join("\n");
}

const helpCommand: Command = {
  name: "help",
  usage: "[command]",
  help: "lists the commands, or describes one of them",
  affects: affectsNothing,
  run: ({ argument, settings }) => {
    const { prefix } = settings;
    const name = argument.toLowerCase();
    if (name === "") {
      return commands.map((command) => `${usageOf(command, settings)} – ${command.help}`).join("\n");
    }
    const command = findCommand(name.startsWith(prefix) ? name.slice(prefix.length) : name);
    if (command) return helpOf(command, settings);
    throw new UserError(`There's no command ${quote(argument, 30)}. \`${prefix}help\` lists the commands.`);
  },
};

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  ...playCommands,
  ...playbackCommands,
  ...queueCommands,
  ...audioCommands,
  ...infoCommands,
  helpCommand,
];

const byName = new Map(
  commands.flatMap((command) =>
    [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const),
  ),
);

/** Returns the command with a name or alias, in lowercase. */
export const findCommand = (name: string): Command | undefined => byName.get(name);

/** Returns the Damerau–Levenshtein distance (optimal string alignment) of two words. */
function editDistance(one: string, other: string): number {
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

/** Returns the command that was probably misspelled; undefined for a word that may belong to another bot. */
export function suggestCommand(word: string): Command | undefined {
  if (word.length < 4 || word.length > 12) return undefined;
  return commands.find(
    ({ name }) => editDistance(word, name) === 1 || (name.length > 6 && editDistance(word, name) === 2),
  );
}
