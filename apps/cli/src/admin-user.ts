import type { AdminUser } from "@asterite/aster-server";
import { type Command, Option } from "commander";

const flag = "--admin-user";
const usage = "Give a name and a password that does not start with --, as two values.";

/**
 * Joins the two values after `--admin-user` (the reference server's syntax) into one. Otherwise a password
 * that starts with a hyphen would be parsed as an option and printed in the error message.
 */
export function joinAdminUserArguments(args: readonly string[]): string[] {
  const at = args.indexOf(flag);
  if (at < 0) return [...args];
  const end = args.slice(at + 1, at + 3).findIndex((arg) => arg.startsWith("--"));
  const values = args.slice(at + 1, at + 1 + (end < 0 ? 2 : end));
  const rest = args.slice(at + 1 + values.length);
  return [...args.slice(0, at), `${flag}=${JSON.stringify(values)}`, ...rest];
}

function parse(text: string): AdminUser | undefined {
  try {
    const [name, password]: unknown[] = JSON.parse(text);
    return typeof name === "string" && typeof password === "string" ? { name, password } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the option for arguments processed by {@link joinAdminUserArguments}. */
export const adminUserOption = (command: Command): Option =>
  new Option(
    `${flag} <name password>`,
    "create this account if missing and grant it all permissions; the password of an existing account is kept",
  )
    .env("ASTERITE_ADMIN_USER")
    .argParser((text) => {
      const user = parse(text);
      // An InvalidArgumentError would print the value, and with it the password.
      if (!user) command.error(`error: ${flag}: ${usage}`, { code: "asterite.adminUser" });
      return user;
    });
