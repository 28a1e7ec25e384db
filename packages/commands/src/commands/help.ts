import type { Server } from "@asterite/aster";
import { arg } from "../arguments/arg.ts";
import type { Argument } from "../arguments/argument.ts";
import type { Context } from "../context.ts";
import { UserError } from "../errors.ts";
import { quote } from "../text/sanitize.ts";
import type { Command, CommandDefinition } from "./command.ts";
import type { CommandGroup, ResolvedCommand } from "./command-group.ts";
import { checkGuards } from "./guards.ts";
import { findMisspelled } from "./suggest.ts";

type Entry = Command | CommandGroup<Context>;

/** Formats a name with the names of its groups, without the bot's. */
export const fullName = (path: readonly CommandGroup<Context>[], entry?: Entry): string =>
  [...path, ...(entry ? [entry] : [])]
    .map(({ name }) => name)
    .filter((name) => name !== "")
    .join(" ");

/** Formats a command with its arguments: `!queue add <title…>`. */
export function usageOf(prefix: string, path: readonly CommandGroup<Context>[], command: Command): string {
  const name = prefix + fullName(path, command);
  return command.usage === "" ? name : `${name} ${command.usage}`;
}

/** Returns whether the help shows an entry to the author of a message. */
async function isVisible(entry: Entry, context: Context): Promise<boolean> {
  if (entry.type === "command" && entry.isHidden) return false;
  if ((await checkGuards(entry.guards, context)) !== true) return false;
  return entry.type === "command" || (await visibleEntries(entry, context)).length > 0;
}

/** Returns the entries of a group that the author of a message may use. */
async function visibleEntries(group: CommandGroup<Context>, context: Context): Promise<readonly Entry[]> {
  const visible: Entry[] = [];
  for (const entry of group.entries) if (await isVisible(entry, context)) visible.push(entry);
  return visible;
}

/** Lists the commands of a group that the author may use, one a line. */
export async function listCommands(
  path: readonly CommandGroup<Context>[],
  context: Context,
): Promise<string> {
  const group = path.at(-1);
  if (!group) return "";
  const { prefix } = context.invocation;
  const entries = await visibleEntries(group, context);
  const lines = entries.map((entry) => {
    const usage =
      entry.type === "command" ? usageOf(prefix, path, entry) : `${prefix}${fullName(path, entry)} …`;
    return `\`${usage}\`${entry.description === "" ? "" : ` – ${entry.description}`}`;
  });
  return lines.length === 0 ? context.texts.noCommands : lines.join("\n");
}

/** A command as clients list and complete it. */
export interface CommandDescription {
  /** Name with those of its groups, without the prefix, such as `queue add`. */
  readonly name: string;
  /** Arguments, such as `<title…>`; empty for none. */
  readonly arguments: string;
  /** What the command does; empty for none. */
  readonly description: string;
}

/** Returns the commands of a group and of the groups in it, without hidden ones. */
export function describeCommands(group: CommandGroup<Context>, path = ""): readonly CommandDescription[] {
  return group.entries.flatMap((entry) => {
    const name = path + entry.name;
    if (entry.type === "group") return describeCommands(entry, `${name} `);
    if (entry.isHidden) return [];
    return [{ name, arguments: entry.usage, description: entry.description }];
  });
}

function describeCommand(path: readonly CommandGroup<Context>[], command: Command, context: Context): string {
  const { prefix } = context.invocation;
  const names = command.aliases.map(
    (alias) => `\`${prefix}${fullName(path)}${path.length > 1 ? " " : ""}${alias}\``,
  );
  const also = names.length === 0 ? "" : ` ${context.texts.alsoNamed(names)}`;
  const summary = command.description === "" ? "" : ` – ${command.description}.`;
  const head = `\`${usageOf(prefix, path, command)}\`${also}${summary}`;
  return [head, ...command.argumentLines, ...(command.details === "" ? [] : [command.details])].join("\n");
}

/** Returns the name of a command of the group that a word probably misspells; undefined if there is none. */
export async function suggestName(
  word: string,
  group: CommandGroup<Context>,
  context: Context,
): Promise<string | undefined> {
  for (const entry of group.entries) {
    const name = findMisspelled(word, entry);
    if (name !== undefined && (await isVisible(entry, context))) return name;
  }
  return undefined;
}

/**
 * Returns whether an unknown command is meant for this bot: the message mentions it, or no other account of the
 * server is a bot that may understand the command. Without the extension `bots` that is not known.
 */
export const isForThisBot = (server: Server, isMention: boolean): boolean =>
  isMention ||
  (server.extensions.has("bots") &&
    ![...server.peers.values()].some(({ uuid, isBot }) => isBot && uuid !== server.selfUuid));

/** Defines the command `help` of a bot. */
export const helpDefinition = (
  root: CommandGroup<Context>,
  description: string,
): CommandDefinition<Context, { readonly command: Argument<string | undefined> }> => ({
  description,
  args: { command: arg.rest().optional() },
  run: async (context, { command: name }) => {
    const { prefix } = context.invocation;
    if (name === undefined) return await listCommands([root], context);
    const found = root.resolve(name.startsWith(prefix) ? name.slice(prefix.length) : name);
    if (found?.text !== "" || !(await isVisibleAt(found, context))) {
      throw new UserError(context.texts.commandUnknown(quote(name, 30), `${prefix}help`));
    }
    if (found.command) return describeCommand(found.path, found.command, context);
    return await listCommands(found.path, context);
  },
});

/** Returns whether a command and all groups that lead to it are visible. */
async function isVisibleAt({ path, command }: ResolvedCommand, context: Context): Promise<boolean> {
  for (const entry of [...path.slice(1), ...(command ? [command] : [])]) {
    if (!(await isVisible(entry, context))) return false;
  }
  return true;
}
