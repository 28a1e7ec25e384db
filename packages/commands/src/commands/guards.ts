import type { PermissionName } from "@asterite/aster";
import { argumentError, checkFunctions, checkKnownNames, checkPermission } from "../errors.ts";
import type { MessageContext } from "../message-context.ts";
import { quote } from "../text/sanitize.ts";

/** Result of a guard: `true`, or the sentence that answers the user, which names what is missing. */
export type GuardResult = true | string;

/**
 * Decides whether the author of a message may run a command. Guards also decide which commands `help` lists,
 * so they must not change anything.
 */
export type Guard<Ctx = MessageContext> = (context: Ctx) => GuardResult | Promise<GuardResult>;

/** Options of {@link hasPermission}. */
export interface PermissionOptions {
  /**
   * Whether the permission is needed in the channel of the message, with its overrides, or on the server.
   * Default `channel`.
   */
  readonly on?: "channel" | "server";
}

/**
 * Guard: the author has a permission.
 *
 * @throws CommandsError `ARGUMENT_INVALID` for an unknown permission or option.
 */
export function hasPermission(name: PermissionName, options: PermissionOptions = {}): Guard {
  checkPermission(name);
  checkKnownNames("option of hasPermission", options, ["on"]);
  const { on = "channel" } = options;
  if (on !== "channel" && on !== "server") throw argumentError("on", on, "channel, server");
  return (context) => {
    const permissions = on === "server" ? context.serverPermissions() : context.permissionsIn();
    if (permissions.allows(name)) return true;
    return context.texts.needsPermission(name, on);
  };
}

/**
 * Guard: the author is a member of one of the groups.
 *
 * @throws CommandsError `ARGUMENT_INVALID` without a name, or for one that is no text.
 */
export function inGroup(...names: readonly string[]): Guard {
  if (names.length === 0 || !names.every((name) => typeof name === "string" && name.trim() !== "")) {
    throw argumentError("names", names, "at least one name of a group");
  }
  return (context) => {
    if (names.some((name) => context.isInGroup(name))) return true;
    return context.texts.needsGroup(names.map((name) => quote(name, 64)));
  };
}

/**
 * Guard: at least one of several guards allows the command. It refuses with the sentence of the last one.
 *
 * @throws CommandsError `ARGUMENT_INVALID` without a guard, or for one that is no function.
 */
export function anyOf<Ctx>(...guards: readonly Guard<Ctx>[]): Guard<Ctx> {
  checkFunctions("guards", guards);
  if (guards.length === 0) throw argumentError("guards", guards, "at least one guard");
  return async (context) => {
    let refusal: GuardResult = "";
    for (const guard of guards) {
      refusal = await guard(context);
      if (refusal === true) return true;
    }
    return refusal;
  };
}

/**
 * Returns the result of a guard or check, in place of anything but `true` or a sentence the general refusal: one in
 * JavaScript may return false, or forget to return.
 */
export function refusalOf(result: unknown, { texts }: Pick<MessageContext, "texts">): GuardResult {
  if (result === true || (typeof result === "string" && result.trim() !== "")) return result;
  return texts.refused;
}

/** Returns the first refusal of several guards; `true` if all allow the command. */
export async function checkGuards<Ctx extends MessageContext>(
  guards: readonly Guard<Ctx>[],
  context: Ctx,
): Promise<GuardResult> {
  for (const guard of guards) {
    const result = refusalOf(await guard(context), context);
    if (result !== true) return result;
  }
  return true;
}
