import type { Argument } from "../arguments/argument.ts";
import { Tokenizer } from "../arguments/tokenizer.ts";
import type { Context } from "../context.ts";
import {
  argumentError,
  checkFunction,
  checkFunctions,
  checkKnownNames,
  checkOptionalFlag,
  checkOptionalText,
  UserError,
} from "../errors.ts";
import { type Cooldown, CooldownCounter } from "../flow/cooldown.ts";
import { quote } from "../text/sanitize.ts";
import type { Guard, GuardResult } from "./guards.ts";
import type { HandlerResult } from "./handler-result.ts";

/** Arguments of a command by name, in the order in which users write them. */
export type ArgumentMap = Readonly<Record<string, Argument<unknown>>>;

/** Values of the arguments of a command by name. */
export type ArgumentValues<Args extends ArgumentMap> = {
  readonly [Name in keyof Args]: Args[Name] extends Argument<infer Value> ? Value : never;
};

/** Definition of a command. */
export interface CommandDefinition<Ctx, Args extends ArgumentMap = Record<never, never>> {
  /** One sentence for the help, without its period. Default: none. */
  readonly description?: string;
  /** Further lines, shown by `help` for this command alone. */
  readonly details?: string;
  /** Other names. */
  readonly aliases?: readonly string[];
  /** Typed arguments by name, in the order in which users write them. Default: none. */
  readonly args?: Args;
  /** Who may run the command, and see it in the help: all guards have to allow it. Default: all users. */
  readonly guards?: readonly Guard<Ctx>[];
  /**
   * Whether the author may run the command with these arguments, such as on this item. Checked after the guards
   * and the arguments; unlike guards, it does not hide the command from the help. Unless it returns a promise,
   * `run` follows at once, so no other command changes what it has checked. Default: always.
   */
  readonly check?: (context: Ctx, args: ArgumentValues<Args>) => GuardResult | Promise<GuardResult>;
  /** How often the command may be used. Default: no limit but that of the bot. */
  readonly cooldown?: Cooldown | readonly Cooldown[];
  /** Whether the help leaves the command out. Default `false`. */
  readonly hidden?: boolean;
  /** Runs the command. */
  readonly run: (context: Ctx, args: ArgumentValues<Args>) => HandlerResult;
}

/** A command with all that is needed to run it. */
export interface Command {
  readonly type: "command";
  /** Name without its groups. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly details: string;
  readonly isHidden: boolean;
  /** Its arguments for the help: `<sides> [count]`; empty if there are none. */
  readonly usage: string;
  /** One line for each argument, which says what is allowed. */
  readonly argumentLines: readonly string[];
  readonly guards: readonly Guard<Context>[];
  readonly cooldowns: readonly CooldownCounter[];
  /** Reads the arguments from the text after the name; throws a UserError for a wrong one. */
  readonly readArguments: (
    text: string,
    context: Context,
    fullUsage: string,
  ) => Promise<Record<string, unknown>>;
  readonly check: (context: Context, args: Record<string, unknown>) => GuardResult | Promise<GuardResult>;
  readonly run: (context: Context, args: Record<string, unknown>) => unknown;
}

const fieldNames = [
  "description",
  "details",
  "aliases",
  "args",
  "guards",
  "check",
  "cooldown",
  "hidden",
  "run",
];

/** Name of a command, an alias or a group: without blanks and quotation marks, at most 32 characters. */
const namePattern = /^[^\s"“”„«»`]{1,32}$/u;
/** Name of an argument. It must not look like an index, because objects list those first. */
const argumentNamePattern = /^[\p{L}_][\p{L}\p{N}_-]{0,31}$/u;

/** @throws CommandsError `ARGUMENT_INVALID` unless the text can be the name of a command. */
export function checkName(field: string, name: string): void {
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw argumentError(field, name, "1 to 32 characters without blanks and quotation marks");
  }
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the aliases of a command or group are an array of names. */
export function checkNames(name: string, aliases: readonly string[] = []): void {
  if (!Array.isArray(aliases)) throw argumentError(`${name}: aliases`, aliases, "an array of names");
  for (const alias of aliases) checkName(`${name}: alias`, alias);
}

function checkArguments(command: string, args: ArgumentMap): void {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    throw argumentError(`${command}: args`, args, "an object of arguments by name");
  }
  let before: string | undefined;
  for (const [name, argument] of Object.entries(args)) {
    const field = `${command}: args.${name}`;
    if (typeof argument?.read !== "function") {
      throw argumentError(field, argument, "an argument, such as arg.text()");
    }
    if (!argumentNamePattern.test(name)) {
      throw argumentError(field, name, "a letter, then up to 31 letters, digits, _ and -");
    }
    if (before !== undefined && args[before]?.span !== "one") {
      throw argumentError(field, name, `no argument after "${before}", which takes the rest`);
    }
    if (before !== undefined && args[before]?.isRequired === false && argument.isRequired) {
      throw argumentError(field, "required", `an optional argument, like "${before}" before it`);
    }
    before = name;
  }
}

const usageOf = (name: string, { span, isRequired }: Argument<unknown>): string => {
  const label = span === "one" ? name : `${name}…`;
  return isRequired ? `<${label}>` : `[${label}]`;
};

async function readArguments(
  args: ArgumentMap,
  text: string,
  context: Context,
  fullUsage: string,
): Promise<Record<string, unknown>> {
  const tokenizer = new Tokenizer(text, context.texts);
  const values: Record<string, unknown> = {};
  try {
    for (const [name, argument] of Object.entries(args)) {
      values[name] = await argument.read(tokenizer, context, name);
    }
    const surplus = tokenizer.readRest();
    if (surplus !== undefined) throw new UserError(context.texts.argumentSurplus(quote(surplus, 60)));
    return values;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}\n${context.texts.usage(fullUsage)}`, { cause: error });
  }
}

/**
 * Creates a command from its definition.
 *
 * @throws CommandsError `ARGUMENT_INVALID` for an invalid name, argument or cooldown.
 */
export function createCommand<Ctx extends Context, Args extends ArgumentMap>(
  name: string,
  definition: CommandDefinition<Ctx, Args>,
): Command {
  checkKnownNames(`field of ${name}`, definition, fieldNames);
  const { aliases = [], args, guards = [], check = () => true, cooldown = [], run } = definition;
  checkNames(name, aliases);
  checkOptionalFlag(`${name}: hidden`, definition.hidden);
  checkFunctions(`${name}: guards`, guards);
  checkFunction(`${name}: check`, check);
  checkFunction(`${name}: run`, run);
  for (const field of ["description", "details"] as const) {
    checkOptionalText(`${name}: ${field}`, definition[field]);
  }
  const map: ArgumentMap = args === undefined ? {} : args;
  checkArguments(name, map);
  const usage = Object.entries(map).map(([argument, type]) => usageOf(argument, type));
  return {
    type: "command",
    name,
    aliases,
    description: definition.description ?? "",
    details: definition.details ?? "",
    isHidden: definition.hidden ?? false,
    usage: usage.join(" "),
    argumentLines: Object.entries(map).map(([argument, { allowed }]) => `\`${argument}\`: ${allowed}`),
    // The bot creates contexts with all members that its plugins add before commands use them.
    guards: guards as readonly Guard<Context>[],
    cooldowns: [cooldown].flat().map((each) => new CooldownCounter(each)),
    readArguments: (text, context, fullUsage) => readArguments(map, text, context, fullUsage),
    check: (context, values) => check(context as Ctx, values as ArgumentValues<Args>),
    run: (context, values) => run(context as Ctx, values as ArgumentValues<Args>),
  };
}
