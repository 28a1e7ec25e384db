import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adminPasswordFile, setupLinkFile } from "../backup/data-files.ts";

/** Returns the link with which the first administrator registers at an address of the web client. */
export const setupLink = (address: string, code: string): string => `${address}/#setup=${code}`;

/**
 * Writes set-up links to a file that only its owner can read. Without links, removes the file of an earlier start.
 *
 * @returns The path of the file; undefined if there is none.
 */
export async function writeSetupLinks(data: string, links: readonly string[]): Promise<string | undefined> {
  const file = join(data, setupLinkFile);
  // The mode applies to new files only.
  await rm(file, { force: true });
  if (links.length === 0) return undefined;
  await writeFile(file, links.map((link) => `${link}\n`).join(""), { mode: 0o600, flag: "wx" });
  return file;
}

/**
 * Returns the file in which an earlier version kept the administrator's first password. Without an administrator,
 * that password opens no account: the file is removed.
 */
export async function findPasswordFile(data: string, hasAdministrator: boolean): Promise<string | undefined> {
  const file = join(data, adminPasswordFile);
  if (!hasAdministrator) await rm(file, { force: true });
  return existsSync(file) ? file : undefined;
}
