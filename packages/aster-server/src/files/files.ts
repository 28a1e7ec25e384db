import { randomBytes } from "node:crypto";
import type { Attachment, Message } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import type { FileRow } from "../store/file-table.ts";
import type { Store, StoreAccess } from "../store/store.ts";
import { Blobs } from "./blobs.ts";
import { anyone, Links } from "./links.ts";
import { cleanName, cleanType } from "./names.ts";

/** Limits of files, in bytes. */
export interface FileLimits {
  /** Limit of one file. Default 100 MiB. */
  readonly fileBytes: number;
  /** Limit of the files of one account. Default 2 GiB. */
  readonly accountBytes: number;
  /** Limit of all files. Default 50 GiB. */
  readonly totalBytes: number;
}

/** Default values of {@link FileLimits}. */
export const defaultFileLimits: FileLimits = Object.freeze({
  fileBytes: 100 * 1024 ** 2,
  accountBytes: 2 * 1024 ** 3,
  totalBytes: 50 * 1024 ** 3,
});

/** Options of the files of messages. */
export interface FileOptions extends Partial<FileLimits> {
  /** Folder for the files, created if missing. Processes of one database share it. */
  readonly folder: string;
  /**
   * Address of the server in links for clients without the extension `files`, such as `https://chat.example.org`.
   * Default: these clients see the names and sizes of files without links.
   */
  readonly publicUrl?: string;
}

/** A message with its files. */
export interface FiledMessage extends Message {
  readonly attachments?: readonly Attachment[];
}

/** Services that {@link Files} uses. */
interface FileServices {
  readonly store: Store;
  readonly logger: Logger;
  now(): number;
}

/** Life of a link for one reader, in seconds. */
const linkSeconds = 600;
const daySeconds = 86_400;
const sweepIntervalMs = 10 * 60_000;

/** Adds the files to the messages that have some. */
export async function withFiles<Given extends Message>(
  tx: StoreAccess,
  messages: readonly Given[],
): Promise<(Given & FiledMessage)[]> {
  const files = await tx.files.ofMessages(messages.map(({ uuid }) => uuid));
  return messages.map((message) => {
    const attachments = files.get(message.uuid);
    return attachments ? { ...message, attachments } : message;
  });
}

/** Files of messages. */
export class Files {
  readonly limits: FileLimits;
  readonly blobs: Blobs;
  readonly links: Links;
  readonly #publicUrl: string | undefined;
  readonly #services: FileServices;
  /** Uploads whose bytes are arriving. */
  readonly active = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  private constructor(options: FileOptions, services: FileServices, blobs: Blobs, links: Links) {
    const { folder: _, publicUrl, ...limits } = options;
    this.limits = { ...defaultFileLimits, ...limits };
    this.#publicUrl = publicUrl?.replace(/\/+$/, "");
    this.#services = services;
    this.blobs = blobs;
    this.links = links;
    this.#timer = setInterval(() => void this.#sweepInBackground(), sweepIntervalMs).unref();
  }

  /** Opens the folder. */
  static async open(options: FileOptions, services: FileServices): Promise<Files> {
    const blobs = await Blobs.open(options.folder);
    const files = new Files(options, services, blobs, await Links.open(options.folder));
    void files.#sweepInBackground();
    return files;
  }

  /** Creates the row of an upload. */
  create(
    owner: number,
    given: { readonly name: string; readonly type: string; readonly size: number },
  ): FileRow {
    return {
      id: randomBytes(16).toString("hex"),
      owner_uuid: owner,
      message_uuid: null,
      place: 0,
      name: cleanName(given.name),
      type: cleanType(given.type),
      size: given.size,
      hash: "",
      created: this.seconds,
    };
  }

  /** Unix time in whole seconds. */
  get seconds(): number {
    return Math.floor(this.#services.now() / 1000);
  }

  get logger(): Logger {
    return this.#services.logger;
  }

  /** Reads the row of a file, and the channel of its message, if it has one. */
  async find(
    id: string,
  ): Promise<{ readonly file: FileRow; readonly channel: number | undefined } | undefined> {
    const { read } = this.#services.store;
    const file = await read.files.get(id);
    if (!file) return undefined;
    const message = file.message_uuid === null ? undefined : await read.messages.get(file.message_uuid);
    return { file, channel: message?.channel_uuid };
  }

  /** Makes an upload whose bytes have arrived ready to be sent. */
  async finish(id: string): Promise<void> {
    const hash = await this.blobs.finish(id);
    await this.#services.store.transact({ run: (tx) => tx.files.complete(id, hash), onCommit: () => {} });
  }

  /** Returns the path of a link for one reader, and when it ends. */
  linkFor({ id, name }: Pick<FileRow, "id" | "name">, user: number): { path: string; expires: number } {
    const expires = this.seconds + linkSeconds;
    return { path: this.links.pathOf({ file: id, user, expires }, name), expires };
  }

  /** Returns a message for connections without the extension: every file is a line with a link after the content. */
  toText<Given extends Message>(message: Given & FiledMessage): Given {
    const { attachments } = message;
    if (!attachments) return message;
    const expires = (Math.floor(this.seconds / daySeconds) + 2) * daySeconds;
    const lines = attachments.map(({ id, name, size }) => {
      const link =
        this.#publicUrl && this.#publicUrl + this.links.pathOf({ file: id, user: anyone, expires }, name);
      return link ?? `${name} (${formatSize(size)})`;
    });
    const content = [message.content, ...lines].filter((line) => line !== "").join("\n");
    // JSON omits it.
    return { ...message, content, attachments: undefined };
  }

  /** Removes what no message uses: files of deleted messages at once, uploads that were not sent after a day. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping?.catch(() => {});
  }

  async #sweepInBackground(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.logger.error({ err: error }, "cleaning up of files failed");
    }
  }

  async #sweepAll(): Promise<void> {
    const { store, now } = this.#services;
    const before = this.seconds - daySeconds;
    await store.transact({ run: (tx) => tx.files.removeUnused(before), onCommit: () => {} });
    const { files } = store.read;
    await this.blobs.sweep(
      now(),
      async (ids) => {
        const used = new Set<string>();
        for (const id of ids) if (await files.get(id)) used.add(id);
        return used;
      },
      (hashes) => files.findHashes(hashes),
    );
  }
}

const formatSize = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** Returns a message as connections with or without the extension see it. */
export const shownMessage = <Given extends Message>(
  files: Files | undefined,
  message: Given & FiledMessage,
  hasFiles: boolean,
): Given => (hasFiles || !files ? message : files.toText(message));
