import type { AdminUser } from "@asterite/aster-server";
import { InvalidArgumentError, Option } from "commander";

const flag = "--admin-user";

/**
 * Takes the reference server's spelling, two values after one flag, as one value: only so may a password
 * begin with a hyphen, and no message shows it as an option that does not exist.
 */
export function bindAdminUser(args: readonly string[]): string[] {
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
    throw new InvalidArgumentError("It needs a name and a password that does not begin with --.");
  }
  return { name, password };
}

/** The option for arguments that went through {@link bindAdminUser}. */
export const adminUserOption = (): Option =>
  new Option(
    `${flag} <name password>`,
    "make sure that this account exists and may do everything; the password is for a new account",
  )
    .env("ASTERITE_ADMIN_USER")
    .argParser(parse);
