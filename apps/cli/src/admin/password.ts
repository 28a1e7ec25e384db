import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";

/** Where a new password comes from. */
export interface PasswordOptions {
  readonly passwordStdin: boolean;
}

/** The password on standard input, or a new one that the caller shows once. */
export async function choosePassword({
  passwordStdin,
}: PasswordOptions): Promise<{ password: string; isNew: boolean }> {
  if (!passwordStdin) return { password: randomBytes(15).toString("base64url"), isNew: true };
  const given = await text(process.stdin);
  return { password: given.replace(/\r?\n$/, ""), isNew: false };
}
