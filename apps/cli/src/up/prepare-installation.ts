import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../config-file.ts";
import { musicPieces } from "../package-paths.ts";

const adminName = "admin";
/** Bytes of a password that is made up: 96 bits. */
const passwordBytes = 12;

/** Without the signs that nobody likes to type; what takes their place costs two bits. */
const makePassword = (): string => randomBytes(passwordBytes).toString("base64url").replaceAll(/[-_]/g, "x");

/** What a first start makes, and later ones find. */
export interface Household {
  /** Null when there is a database already, whose administrator nobody changes. */
  readonly administrator: { readonly name: string; readonly password: string } | null;
  /** Of the bot's account. */
  readonly botPassword: string;
  /** Files and folders in the music folder. */
  readonly musicEntries: number;
}

async function botPassword(folder: string): Promise<string> {
  const file = join(folder, "password");
  await mkdir(folder, { recursive: true });
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    const password = makePassword();
    // Nobody but the owner of the process may read it.
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: "wx" });
    return password;
  }
}

/**
 * Makes what is not there yet: folders, music, passwords.
 *
 * @throws ConfigError in words, where something cannot be written.
 */
export async function prepare(data: string, music: string): Promise<Household> {
  try {
    const isFirst = !existsSync(join(data, "aster.db"));
    await mkdir(data, { recursive: true });
    if (!existsSync(music)) await cp(musicPieces, music, { recursive: true });
    return {
      administrator: isFirst ? { name: adminName, password: makePassword() } : null,
      botPassword: await botPassword(join(data, "dj")),
      musicEntries: (await readdir(music)).length,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`A folder cannot be made or written: ${reason}`, { cause });
  }
}
