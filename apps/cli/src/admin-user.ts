import type { AdminUser } from "@asterite/aster-server";
import { InvalidArgumentError, Option } from "commander";

const flag = "--admin-user";

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

function parse(text: string): AdminUser {
  const [name, password]: string[] = text.startsWith("[") ? JSON.parse(text) : [];
  if (name === undefined || password === undefined) {
    throw new InvalidArgumentError("Give a name and a password that does not start with --.");
  }
  return { name, password };
}

/** Returns the option for arguments processed by {@link joinAdminUserArguments}. */
export const adminUserOption = (): Option =>
  new Option(
    `${flag} <name password>`,
    "create this account if missing and grant it all permissions; the password of an existing account is kept",
  )
    .env("ASTERITE_ADMIN_USER")
    .argParser(parse);
