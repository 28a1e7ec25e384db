import type { Clock } from "@asterite/util";
import type { Context } from "../context.ts";
import { UserError } from "../errors.ts";
import { runMiddleware } from "../flow/middleware.ts";
import { quote } from "../text/sanitize.ts";
import type { ResolvedCommand } from "./command-group.ts";
import { checkGuards, refusalOf } from "./guards.ts";
import { replyWith } from "./handler-result.ts";
import { fullName, listCommands, usageOf } from "./help.ts";

/** Runs a resolved command with the middleware of its groups, or describes a group without a command. */
export function runResolved(resolved: ResolvedCommand, context: Context, clock: Clock): Promise<void> {
  const { path, command, text } = resolved;
  const middleware = path.flatMap((group) => group.middleware);
  return runMiddleware(middleware, context, async () => {
    const guards = path.flatMap((group) => group.guards);
    const allowed = await checkGuards([...guards, ...(command?.guards ?? [])], context);
    if (allowed !== true) throw new UserError(allowed);
    const { prefix } = context.invocation;
    if (!command) {
      const list = await listCommands(path, context);
      const word = /^\S*/.exec(text)?.[0] ?? "";
      const unknown = context.texts.subcommandUnknown(prefix + fullName(path), quote(word, 30));
      throw new UserError(word === "" ? list : `${unknown}\n${list}`);
    }
    const values = await command.readArguments(text, context, usageOf(prefix, path, command));
    const check = command.check(context, values);
    // Without a promise, no other command runs between the check and the command.
    const checked = refusalOf(check instanceof Promise ? await check : check, context);
    if (checked !== true) throw new UserError(checked);
    for (const cooldown of command.cooldowns) cooldown.use(context, clock.now());
    await replyWith(context, command.run(context, values));
  });
}
