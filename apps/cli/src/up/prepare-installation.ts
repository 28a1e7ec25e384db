import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openAdministration } from "@asterite/aster-server";
import { ConfigError } from "../config-file.ts";
import { sampleMusicFolder } from "../package-paths.ts";

const adminName = "admin";
/** Length of generated passwords in bytes: 96 bits. */
const passwordBytes = 12;

/**
 * Returns a random password without - and _, which are tedious to type. The replacement costs about two bits.
 */
const generatePassword = (): string =>
  randomBytes(passwordBytes).toString("base64url").replaceAll(/[-_]/g, "x");

/** State of an installation after {@link prepareInstallation}. */
export interface InstallationState {
  /** Account to create; null if the database exists, whose administrator is left unchanged. */
  readonly administrator: { readonly name: string; readonly password: string } | null;
  /** Password of the bot's account. */
  readonly botPassword: string;
  /** Number of files and folders in the music folder. */
  readonly musicEntries: number;
}

async function loadBotPassword(folder: string): Promise<string> {
  const file = join(folder, "password");
  await mkdir(folder, { recursive: true });
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    const password = generatePassword();
    // Readable by the owner only.
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: "wx" });
    return password;
  }
}

/**
 * Creates missing folders, sample music and passwords.
 *
 * @throws ConfigError if a file or folder cannot be written.
 */
export async function prepareInstallation(data: string, music: string): Promise<InstallationState> {
  try {
    const isFirst = !existsSync(join(data, "aster.db"));
    await mkdir(data, { recursive: true });
    if (!existsSync(music)) await cp(sampleMusicFolder, music, { recursive: true });
    return {
      administrator: isFirst ? { name: adminName, password: generatePassword() } : null,
      botPassword: await loadBotPassword(join(data, "dj")),
      musicEntries: (await readdir(music)).length,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`cannot create or write a folder: ${reason}`, { cause });
  }
}

/** Creates the account of the bot through the running server, which may let no one register. */
export async function ensureBotAccount(data: string, name: string, password: string): Promise<void> {
  const server = await openAdministration(join(data, "aster.db"));
  try {
    const { data: users } = await server.execute({ command: "get_metadata" });
    const isKnown = (users as { name: string }[]).some((user) => user.name === name);
    if (!isKnown) await server.execute({ command: "create_user", name, password });
  } finally {
    await server.close();
  }
}
