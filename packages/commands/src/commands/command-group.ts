import type { Context } from "../context.ts";
import { argumentError, checkFunctions, checkKnownNames, checkOptionalText } from "../errors.ts";
import type { Middleware } from "../flow/middleware.ts";
import {
  type ArgumentMap,
  type Command,
  type CommandDefinition,
  checkName,
  checkNames,
  createCommand,
} from "./command.ts";
import type { Guard } from "./guards.ts";
import type { HandlerResult } from "./handler-result.ts";

/** Options of {@link CommandGroup.group}. */
export interface GroupOptions<Ctx> {
  /** One sentence for the help, without its period. Default: none. */
  readonly description?: string;
  /** Other names. */
  readonly aliases?: readonly string[];
  /** Guards of all commands of the group, checked before their own. Default: none. */
  readonly guards?: readonly Guard<Ctx>[];
}

/** A command that a text calls, with the groups that lead to it. */
export interface ResolvedCommand {
  /** Groups from the outermost, which is the bot, to the command. */
  readonly path: readonly CommandGroup<Context>[];
  /** The command; undefined if the text ends with the name of a group, or continues with an unknown name. */
  readonly command: Command | undefined;
  /** Text after the names. */
  readonly text: string;
}

/** Commands and groups of commands, and the middleware that runs around them. */
export class CommandGroup<Ctx extends Context = Context> {
  /** Distinguishes groups from commands. */
  readonly type = "group";
  /** Name of the group; empty for the bot itself. */
  readonly name: string;
  /** Other names of the group. */
  readonly aliases: readonly string[];
  /** One sentence for the help, without its period. */
  readonly description: string;
  /**
   * Guards of all commands of the group.
   *
   * @internal
   */
  readonly guards: readonly Guard<Context>[];
  /**
   * Middleware of the group in its order.
   *
   * @internal
   */
  readonly middleware: Middleware<Context>[] = [];
  readonly #entries: (Command | CommandGroup<Context>)[] = [];
  readonly #byName = new Map<string, Command | CommandGroup<Context>>();

  /** @internal */
  constructor(name: string, options: GroupOptions<Ctx> = {}) {
    this.name = name;
    this.aliases = options.aliases ?? [];
    this.description = options.description ?? "";
    // The bot creates contexts with all members that its plugins add before commands use them.
    this.guards = (options.guards === undefined ? [] : options.guards) as readonly Guard<Context>[];
    checkFunctions("guards", this.guards);
  }

  /**
   * Adds middleware that runs around every command of this group, in the order in which it was added.
   *
   * @throws CommandsError `ARGUMENT_INVALID` without middleware, and for one that is no function.
   */
  use(...middleware: readonly Middleware<Ctx>[]): this {
    checkFunctions("middleware", middleware);
    if (middleware.length === 0) throw argumentError("middleware", middleware, "at least one function");
    this.middleware.push(...(middleware as readonly Middleware<Context>[]));
    return this;
  }

  /**
   * Adds a command. Names are compared without case.
   *
   * @param definition - The command, or just the function that runs it.
   * @throws CommandsError `ARGUMENT_INVALID` if a name is taken, or the definition is invalid.
   */
  command<const Args extends ArgumentMap = Record<never, never>>(
    name: string,
    definition: CommandDefinition<Ctx, Args> | ((context: Ctx) => HandlerResult),
  ): this {
    checkName("name", name);
    this.#add(createCommand(name, typeof definition === "function" ? { run: definition } : definition));
    return this;
  }

  /**
   * Adds a group of commands, whose names follow the name of the group: `!queue add`.
   *
   * @returns The group, to which commands are added.
   * @throws CommandsError `ARGUMENT_INVALID` if a name is taken or invalid.
   */
  group(name: string, options: GroupOptions<Ctx> = {}): CommandGroup<Ctx> {
    checkName("name", name);
    checkKnownNames(`option of ${name}`, options, ["description", "aliases", "guards"]);
    checkNames(name, options.aliases);
    checkOptionalText(`${name}: description`, options.description);
    const group = new CommandGroup<Ctx>(name, options);
    this.#add(group.asGroup);
    return group;
  }

  /**
   * This group as one of commands with the basic context, of which every context is a subtype.
   *
   * @internal
   */
  get asGroup(): CommandGroup<Context> {
    // Contexts have all members that plugins add before commands use them.
    return this as unknown as CommandGroup<Context>;
  }

  /**
   * Commands and groups in the order in which they were added.
   *
   * @internal
   */
  get entries(): readonly (Command | CommandGroup<Context>)[] {
    return this.#entries;
  }

  /**
   * Returns the command or group with a name or alias, in any case.
   *
   * @internal
   */
  find(name: string): Command | CommandGroup<Context> | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /**
   * Finds the command that a text begins with; undefined if its first word is no name.
   *
   * @internal
   */
  resolve(text: string): ResolvedCommand | undefined {
    const path: CommandGroup<Context>[] = [this.asGroup];
    let rest = text;
    for (;;) {
      const name = /^\S*/.exec(rest)?.[0] ?? "";
      const entry = path.at(-1)?.find(name);
      if (!entry) return path.length === 1 ? undefined : { path, command: undefined, text: rest };
      rest = rest.slice(name.length).trimStart();
      if (entry.type === "command") return { path, command: entry, text: rest.trimEnd() };
      path.push(entry);
    }
  }

  #add(entry: Command | CommandGroup<Context>): void {
    const names = [entry.name, ...entry.aliases].map((name) => name.toLowerCase());
    const taken = names.find((name, index) => this.#byName.has(name) || names.indexOf(name) !== index);
    if (taken !== undefined) throw argumentError("name", taken, "a name that no other command here has");
    for (const name of names) this.#byName.set(name, entry);
    this.#entries.push(entry);
  }
}
