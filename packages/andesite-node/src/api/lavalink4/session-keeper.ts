import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isRecord, type Logger } from "@asterite/util";
import { writeAtomically } from "@asterite/util/atomic-file";
import { createFolder } from "@asterite/util/create-folder";
import { lockFile } from "@asterite/util/file-lock";
import { NodeError } from "../../errors.ts";
import { keepPlayer } from "./kept-player.ts";
import type { Lavalink4Session } from "./lavalink4-session.ts";

/** A session of an earlier process, for the client that knows its id. */
export interface KeptSession {
  readonly userId: string;
  readonly timeoutSeconds: number;
  /** How long it still waits for its client, in ms. */
  readonly remainingMs: number;
  /** States of its players, for `restorePlayer`. */
  readonly players: readonly unknown[];
}

/** A session in the file. The file reveals neither its id nor its content. */
interface KeptRecord {
  /** SHA-256 of the id. */
  readonly id: string;
  readonly timeoutSeconds: number;
  /** ms since 1970; null while it has a connection. */
  readonly expiresAt: number | null;
  /** Content, encrypted with a key that is derived from the id. */
  readonly content: string;
}

const option = "playing.keepFile";
/** Result code of SQLite for a file that another holder has locked. */
const sqliteBusy = 5;
const version = 1;
const maxFileBytes = 67_108_864;
const ownerOnly = 0o600;
const cipher = "aes-256-gcm";
const [ivBytes, tagBytes] = [12, 16];

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const hashOf = (id: string): string => createHash("sha256").update(`session ${id}`).digest("base64url");
const keyOf = (id: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", id, "", "asterite kept session", 32));

function seal(id: string, text: string): string {
  const iv = randomBytes(ivBytes);
  const encryption = createCipheriv(cipher, keyOf(id), iv);
  const sealed = [encryption.update(text, "utf8"), encryption.final()];
  return Buffer.concat([iv, ...sealed, encryption.getAuthTag()]).toString("base64");
}

/** @throws Error if the content was not sealed with the id. */
function open(id: string, content: string): string {
  const bytes = Buffer.from(content, "base64");
  const decryption = createDecipheriv(cipher, keyOf(id), bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decryption.setAuthTag(bytes.subarray(-tagBytes));
  const text = decryption.update(bytes.subarray(ivBytes, -tagBytes));
  return Buffer.concat([text, decryption.final()]).toString("utf8");
}

/**
 * Keeps the sessions that can be resumed in a file, so that a new process continues their players. Only a client that
 * sends the id of a session, which the file does not have, can use what is kept of it
 * ([decision](../../../../../docs/decisions/0030-kept-players.md)).
 */
export class SessionKeeper {
  readonly #file: string;
  readonly #logger: Logger;
  /** Held until the keeper is closed, so that no other node writes the file. */
  readonly #lock: DatabaseSync;
  /** Sessions of an earlier process that no client has resumed yet, by the hash of their id. */
  readonly #records: Map<string, KeptRecord>;
  #writing = Promise.resolve();
  #isWriting = false;
  #written = "";
  #hasFailed = false;
  #isCut = false;

  private constructor(file: string, logger: Logger, lock: DatabaseSync, records: Map<string, KeptRecord>) {
    this.#file = file;
    this.#logger = logger;
    this.#lock = lock;
    this.#records = records;
  }

  /**
   * Locks and reads the file. One that is missing or damaged counts as empty; a damaged one is renamed.
   *
   * @throws NodeError `INVALID_OPTION` if it is a folder or a device, another node uses it, or it cannot be written.
   */
  static async open(file: string, logger: Logger): Promise<SessionKeeper> {
    const stats = await stat(file).catch(() => undefined);
    if (stats && !stats.isFile())
      throw new NodeError("INVALID_OPTION", `Option ${option}: ${file} is not a file`);
    const lock = lockKeepFile(file);
    let records = new Map<string, KeptRecord>();
    try {
      records = await readRecords(file);
    } catch (error) {
      logger.warn({ file, reason: reasonOf(error) }, "kept players not read: they are lost");
      await rename(file, `${file}.unreadable`).catch(() => {});
    }
    return new SessionKeeper(file, logger, lock, records);
  }

  /** Returns a kept session, and forgets it; undefined if there is none with this id, or its time is over. */
  take(id: string): KeptSession | undefined {
    const hash = hashOf(id);
    const record = this.#records.get(hash);
    this.#records.delete(hash);
    if (!record) return undefined;
    const { timeoutSeconds, expiresAt } = record;
    const remainingMs = (expiresAt ?? 0) - Date.now();
    if (remainingMs <= 0) return undefined;
    try {
      const { userId, players } = Object(JSON.parse(open(id, record.content)));
      if (typeof userId !== "string" || !Array.isArray(players))
        throw new TypeError("the content is not a session");
      return { userId, timeoutSeconds, remainingMs, players };
    } catch (error) {
      this.#logger.warn({ file: this.#file, reason: reasonOf(error) }, "kept session not read: it is lost");
      return undefined;
    }
  }

  /** Writes the sessions, unless they are unchanged or the last write is not finished. Never rejects. */
  async save(sessions: readonly Lavalink4Session[]): Promise<void> {
    if (!this.#isWriting) await this.#write(sessions);
  }

  /** Writes the sessions a last time, and unlocks the file. Never rejects. */
  async close(sessions: readonly Lavalink4Session[]): Promise<void> {
    const write = this.#prepare(sessions);
    await this.#writing;
    await write();
    this.release();
  }

  /** Unlocks the file, which is not written any more. */
  release(): void {
    if (this.#lock.isOpen) this.#lock.close();
  }

  #write(sessions: readonly Lavalink4Session[]): Promise<void> {
    this.#writing = this.#prepare(sessions)();
    return this.#writing;
  }

  /** Takes the present state. Returns a function that writes it. */
  #prepare(sessions: readonly Lavalink4Session[]): () => Promise<void> {
    const contents = sessions.map((session) => {
      const players = Array.from(session.players.all, keepPlayer);
      return { session, text: JSON.stringify({ userId: session.userId, players }) };
    });
    const nowMs = Date.now();
    for (const [hash, { expiresAt }] of this.#records) {
      if (expiresAt !== null && expiresAt <= nowMs) this.#records.delete(hash);
    }
    const state = JSON.stringify([
      ...this.#records.keys(),
      ...contents.map(({ session, text }) => [session.id, session.timeoutSeconds, session.expiresAt, text]),
    ]);
    return async () => {
      if (state === this.#written) return;
      const records = contents.map(({ session, text }) => {
        const { id, timeoutSeconds, expiresAt } = session;
        return { id: hashOf(id), timeoutSeconds, expiresAt, content: seal(id, text) };
      });
      // Sessions with a connection first: those without one are left out if the file would be too large.
      records.sort((one, other) => Number(one.expiresAt !== null) - Number(other.expiresAt !== null));
      records.push(...this.#records.values());
      this.#isWriting = true;
      try {
        await writeAtomically(this.#file, this.#serialize(records), ownerOnly);
        this.#written = state;
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#hasFailed)
          this.#logger.error({ err: error, file: this.#file }, "players not kept: write failed");
        this.#hasFailed = true;
      } finally {
        this.#isWriting = false;
      }
    };
  }

  /** Leaves out the last sessions if the file would be too large. */
  #serialize(records: readonly KeptRecord[]): string {
    let bytes = 1_024;
    const kept = records.filter(({ content }) => {
      bytes += content.length + 256;
      return bytes <= maxFileBytes;
    });
    const isCut = kept.length < records.length;
    if (isCut && !this.#isCut) {
      this.#logger.warn(
        { file: this.#file, sessions: records.length - kept.length },
        "sessions not kept: too large",
      );
    }
    this.#isCut = isCut;
    return JSON.stringify({ version, sessions: kept });
  }
}

/** @throws NodeError `INVALID_OPTION` */
function lockKeepFile(file: string): DatabaseSync {
  try {
    createFolder(dirname(file));
    return lockFile(file);
  } catch (error) {
    const isInUse = isRecord(error) && error["errcode"] === sqliteBusy;
    const reason = isInUse ? "another node uses it; give each node its own file" : reasonOf(error);
    throw new NodeError("INVALID_OPTION", `Option ${option}: ${file} cannot be locked: ${reason}`, {
      cause: error,
    });
  }
}

/** @throws Error if the file is damaged. */
async function readRecords(file: string): Promise<Map<string, KeptRecord>> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > maxFileBytes) throw new RangeError(`the file has more than ${maxFileBytes} bytes`);
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isRecord(error) && error["code"] === "ENOENT") return new Map();
    throw error;
  }
  const content: unknown = JSON.parse(text);
  if (!isRecord(content) || content["version"] !== version || !Array.isArray(content["sessions"])) {
    throw new TypeError("the file has another format");
  }
  const records = content["sessions"].map((given) => readRecord(given, Date.now()));
  return new Map(records.map((record) => [record.id, record]));
}

/** @throws TypeError */
function readRecord(given: unknown, nowMs: number): KeptRecord {
  const { id, timeoutSeconds, expiresAt, content } = isRecord(given) ? given : {};
  if (typeof id !== "string" || typeof content !== "string" || typeof timeoutSeconds !== "number") {
    throw new TypeError("a session of the file has another format");
  }
  // The connection of a session ended with the process.
  const end = typeof expiresAt === "number" ? expiresAt : nowMs + timeoutSeconds * 1_000;
  return { id, timeoutSeconds, expiresAt: end, content };
}
