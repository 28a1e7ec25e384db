import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";

/** Source of a new password. */
export interface PasswordOptions {
  readonly passwordStdin: boolean;
}

/** Reads the password from standard input, or generates one that the caller prints once. */
export async function readOrGeneratePassword({
  passwordStdin,
}: PasswordOptions): Promise<{ password: string; isGenerated: boolean }> {
  if (!passwordStdin) return { password: randomBytes(15).toString("base64url"), isGenerated: true };
  const given = await text(process.stdin);
  return { password: given.replace(/\r?\n$/, ""), isGenerated: false };
}
