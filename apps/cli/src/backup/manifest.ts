import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdminError } from "@asterite/aster-server";
import packageJson from "../../package.json" with { type: "json" };
import { manifestName } from "./data-files.ts";

const format = 1;

/** A file in a back-up. */
interface KeptFile {
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

/** The files of a back-up by their paths in it, with `/`. */
export type Manifest = ReadonlyMap<string, KeptFile>;

/** Bytes of all files together. */
export const sizeOf = (manifest: Manifest): number =>
  manifest.values().reduce((sum, { bytes }) => sum + bytes, 0);

/** Reads a file to its end, hands on what it holds if asked to, and says what that was. */
export async function examine(file: string, take?: (chunk: Buffer) => Promise<void>): Promise<KeptFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await take?.(chunk);
  }
  return { bytes, hash: hash.digest("hex") };
}

/** Copies a file for its owner alone, onto the disk, and says what it held. */
export async function copyKept(from: string, to: string): Promise<KeptFile> {
  const handle = await open(to, "wx", 0o600);
  try {
    const kept = await examine(from, (chunk) => handle.appendFile(chunk));
    await handle.sync();
    return kept;
  } finally {
    await handle.close();
  }
}

/** Writes down what belongs to a back-up, which makes it one. */
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

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseManifest(text: string): Manifest | undefined {
  const content: unknown = JSON.parse(text);
  if (!isRecord(content) || content["format"] !== format || !isRecord(content["files"])) return undefined;
  const manifest = new Map<string, KeptFile>();
  for (const [path, file] of Object.entries(content["files"])) {
    if (!isRecord(file) || typeof file["bytes"] !== "number" || typeof file["hash"] !== "string")
      return undefined;
    manifest.set(path, { bytes: file["bytes"], hash: file["hash"] });
  }
  return manifest;
}

/**
 * Reads a back-up through from beginning to end.
 *
 * @throws AdminError if it is none, or if a file is missing, too many, or not as it was.
 */
export async function readBackUp(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), "utf8").catch(() => {
    throw new AdminError(`${folder} holds no back-up of asterite backup: there is no ${manifestName}`);
  });
  let manifest: Manifest | undefined;
  try {
    manifest = parseManifest(text);
  } catch {
    // Not even JSON.
  }
  if (!manifest) throw new AdminError(`${join(folder, manifestName)} is broken, or of a newer Asterite`);
  // Only what was found is ever opened, so no path in the list can lead out of the folder.
  const found = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(join(folder, "/").length).replaceAll("\\", "/");
    if (path !== manifestName) found.add(path);
  }
  const problem =
    [...manifest.keys()].find((path) => !found.has(path)) ?? [...found].find((path) => !manifest.has(path));
  if (problem !== undefined) {
    const what = found.has(problem) ? "does not belong to it" : "is missing";
    throw new AdminError(`the back-up ${folder} is not as it was made: ${problem} ${what}`);
  }
  for (const [path, kept] of manifest) {
    const { bytes, hash } = await examine(join(folder, path));
    if (bytes !== kept.bytes || hash !== kept.hash) {
      throw new AdminError(`the back-up ${folder} is not as it was made: ${path} has changed`);
    }
  }
  return manifest;
}
