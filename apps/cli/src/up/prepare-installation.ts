import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openAdministration } from "@asterite/aster-server";
import { ConfigError } from "../config-file.ts";
import { sampleMusicFolder } from "../package-paths.ts";

/** Length of generated passwords in bytes: 96 bits. */
const passwordBytes = 12;

/**
 * Returns a random password without - and _, which are tedious to type. The replacement costs about two bits.
 */
const generatePassword = (): string =>
  randomBytes(passwordBytes).toString("base64url").replaceAll(/[-_]/g, "x");

/** State of an installation after {@link prepareInstallation}. */
export interface InstallationState {
  /** Password of the bot's account. */
  readonly botPassword: string;
  /** Number of files and folders in the music folder. */
  readonly musicEntries: number;
}

async function readPassword(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Returns the password in a file, which is created with a new one, readable by the owner only, if it is missing. */
async function loadPassword(file: string): Promise<string> {
  const found = await readPassword(file);
  if (found !== undefined) return found;
  const password = generatePassword();
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: "wx" });
  return password;
}

/**
 * Creates missing folders, sample music and the password of the bot.
 *
 * @throws ConfigError if a file or folder cannot be written.
 */
export async function prepareInstallation(data: string, music: string): Promise<InstallationState> {
  try {
    await mkdir(join(data, "dj"), { recursive: true, mode: 0o700 });
    if (!existsSync(music)) await cp(sampleMusicFolder, music, { recursive: true });
    return {
      botPassword: await loadPassword(join(data, "dj", "password")),
      musicEntries: (await readdir(music)).length,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`cannot create or write a folder: ${reason}`, { cause });
  }
}

/**
 * Creates the account of the bot if it is missing, and an invite for the first administrator, through the running
 * server, which may let no one register.
 *
 * @returns The code of the invite; undefined if there is an administrator.
 */
export async function ensureAccounts(
  folder: string,
  { botPassword }: InstallationState,
  botName: string,
): Promise<string | undefined> {
  const server = await openAdministration(join(folder, "aster.db"));
  try {
    const { data } = await server.execute({ command: "get_metadata" });
    const users = data as readonly { readonly name: string }[];
    if (!users.some((user) => user.name === botName))
      await server.execute({ command: "create_user", name: botName, password: botPassword });
    const { invite } = await server.execute({ command: "create_setup_invite" });
    return typeof invite === "string" ? invite : undefined;
  } finally {
    await server.close();
  }
}
