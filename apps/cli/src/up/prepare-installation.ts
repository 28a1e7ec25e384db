import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Permissions } from "@asterite/aster-protocol";
import { type AdminConnection, openAdministration } from "@asterite/aster-server";
import { adminPasswordFile } from "../backup/data-files.ts";
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

/** Account of the administrator with its first password. */
export interface Administrator {
  readonly name: string;
  readonly password: string;
  /** File that contains the password, readable by the owner only. */
  readonly file: string;
}

/** State of an installation after {@link prepareInstallation}. */
export interface InstallationState {
  /** Administrator whose first password is still in its file; undefined if it is not. */
  readonly administrator: Administrator | undefined;
  /** Whether there is no database yet. */
  readonly isFirstStart: boolean;
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

/** The password is stored before the first start, so that it is not lost when that start fails. */
async function loadAdministrator(data: string, isFirstStart: boolean): Promise<Administrator | undefined> {
  const file = join(data, adminPasswordFile);
  const password = isFirstStart ? await loadPassword(file) : await readPassword(file);
  return password === undefined ? undefined : { name: adminName, password, file };
}

/**
 * Creates missing folders, sample music and passwords.
 *
 * @throws ConfigError if a file or folder cannot be written.
 */
export async function prepareInstallation(data: string, music: string): Promise<InstallationState> {
  try {
    const isFirstStart = !existsSync(join(data, "aster.db"));
    await mkdir(join(data, "dj"), { recursive: true, mode: 0o700 });
    if (!existsSync(music)) await cp(sampleMusicFolder, music, { recursive: true });
    return {
      isFirstStart,
      administrator: await loadAdministrator(data, isFirstStart),
      botPassword: await loadPassword(join(data, "dj", "password")),
      musicEntries: (await readdir(music)).length,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`cannot create or write a folder: ${reason}`, { cause });
  }
}

/** Returns whether some account is a member of a group with all permissions. */
async function hasAdministrator(
  server: AdminConnection,
  users: readonly { readonly groups: readonly number[] }[],
): Promise<boolean> {
  const { data } = await server.execute({ command: "list_groups" });
  const full = (data as { uuid: number; permissions: number[] }[])
    .filter(({ permissions }) => Permissions.fromBytes(permissions).equals(Permissions.all))
    .map(({ uuid }) => uuid);
  return users.some(({ groups }) => groups.some((group) => full.includes(group)));
}

/**
 * Creates missing accounts of the bot and the administrator through the running server, which may let no one
 * register. Removes the file with the administrator's first password once it was changed.
 *
 * @returns The administrator, if the first password is still the present one.
 */
export async function ensureAccounts(
  folder: string,
  { administrator, botPassword }: InstallationState,
  botName: string,
): Promise<Administrator | undefined> {
  const server = await openAdministration(join(folder, "aster.db"));
  try {
    const { data } = await server.execute({ command: "get_metadata" });
    const users = data as readonly { name: string; groups: readonly number[] }[];
    if (!users.some((user) => user.name === botName))
      await server.execute({ command: "create_user", name: botName, password: botPassword });
    // A database may have no administrator: its first start was cut off, or another program made it.
    const isMissing = !administrator && !(await hasAdministrator(server, users));
    const wanted = isMissing ? await loadAdministrator(folder, true) : administrator;
    if (!wanted) return undefined;
    const { name, password, file } = wanted;
    const { isCorrect } = await server.execute({ command: "ensure_administrator", name, password });
    if (isCorrect === true) return wanted;
    await rm(file);
    return undefined;
  } finally {
    await server.close();
  }
}
