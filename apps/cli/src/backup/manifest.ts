import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdminError } from "@asterite/aster-server";
import { isRecord } from "@asterite/util";
import packageJson from "../../package.json" with { type: "json" };
import { manifestName } from "./data-files.ts";

const format = 1;

/** Size and hash of a file in a backup. */
interface ManifestEntry {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

/** Files of a backup by relative path, with `/`. */
export type Manifest = ReadonlyMap<string, ManifestEntry>;

/** Returns the total size of all files in bytes. */
export const totalBytes = (manifest: Manifest): number =>
  manifest.values().reduce((sum, { bytes }) => sum + bytes, 0);

/** Reads a file, passes its chunks to `onChunk` and returns its size and hash. */
export async function digestFile(
  file: string,
  onChunk?: (chunk: Buffer) => Promise<void>,
): Promise<ManifestEntry> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await onChunk?.(chunk);
  }
  return { bytes, hash: hash.digest("hex") };
}

/** Copies a file with access for the owner only, syncs it to disk and returns its size and hash. */
export async function copyFileSynced(from: string, to: string): Promise<ManifestEntry> {
  const handle = await open(to, "wx", 0o600);
  try {
    const kept = await digestFile(from, (chunk) => handle.appendFile(chunk));
    await handle.sync();
    return kept;
  } finally {
    await handle.close();
  }
}

/** Writes the manifest, which marks a folder as a backup. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const content = {
    format,
    madeAt: new Date().toISOString(),
    madeBy: `asterite ${packageJson.version}`,
    files: Object.fromEntries(manifest),
  };
  const handle = await open(join(folder, manifestName), "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function parseManifest(text: string): Manifest | undefined {
  const content: unknown = JSON.parse(text);
  if (!isRecord(content) || content["format"] !== format || !isRecord(content["files"])) return undefined;
  const manifest = new Map<string, ManifestEntry>();
  for (const [path, file] of Object.entries(content["files"])) {
    if (!isRecord(file) || typeof file["bytes"] !== "number" || typeof file["hash"] !== "string")
      return undefined;
    manifest.set(path, { bytes: file["bytes"], hash: file["hash"] });
  }
  return manifest;
}

/**
 * Reads a backup completely and verifies it against its manifest.
 *
 * @throws AdminError if the folder is not a backup, or if a file is missing, unexpected or changed.
 */
export async function verifyBackup(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), "utf8").catch(() => {
    throw new AdminError(`${folder} is not a backup made by asterite backup: ${manifestName} is missing`);
  });
  let manifest: Manifest | undefined;
  try {
    manifest = parseManifest(text);
  } catch {
    // Invalid JSON.
  }
  if (!manifest)
    throw new AdminError(`${join(folder, manifestName)} is damaged or was written by a newer Asterite`);
  // Only files found in the folder are opened, so that no path in the manifest can lead out of it.
  const found = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(join(folder, "/").length).replaceAll("\\", "/");
    if (path !== manifestName) found.add(path);
  }
  const problem =
    [...manifest.keys()].find((path) => !found.has(path)) ?? [...found].find((path) => !manifest.has(path));
  if (problem !== undefined) {
    const what = found.has(problem) ? "is unexpected" : "is missing";
    throw new AdminError(`backup ${folder} is damaged: ${problem} ${what}`);
  }
  for (const [path, kept] of manifest) {
    const { bytes, hash } = await digestFile(join(folder, path));
    if (bytes !== kept.bytes || hash !== kept.hash) {
      throw new AdminError(`backup ${folder} is damaged: ${path} has changed`);
    }
  }
  return manifest;
}
