import { raceSignal } from "@asterite/util";
import { decodeBase64 } from "../base64.ts";
import { evictOldest } from "../cache/evict-oldest.ts";
import { type User, updatePicture } from "../models/user.ts";
import type { Command } from "../session/command.ts";
import type { Login } from "../session/login.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Maximum number of pictures that are kept by hash. */
const maxPictures = 500;

/** Loads accounts and pictures. The cache applies the replies with accounts in order with the pushes. */
export class Accounts {
  readonly #command: Command;
  readonly #login: Pick<Login, "features">;
  /** Pictures by hash. Accounts with the same picture, such as the default one, share one request. */
  readonly #pictures = new Map<string, Promise<Uint8Array>>();

  constructor(command: Command, login: Pick<Login, "features">) {
    this.#command = command;
    this.#login = login;
  }

  /** Loads all accounts, and returns their uuids. */
  async load(options: RequestOptions = {}): Promise<ReadonlySet<number>> {
    if (!this.#login.features.has("pictures")) {
      const { data } = await this.#command("get_metadata", {}, options);
      return new Set(data.map(({ uuid }) => uuid));
    }
    const uuids = new Set<number>();
    for (let page = 0, hasMore = true; hasMore; page++) {
      const { data, more } = await this.#command("list_users", { page }, options);
      for (const { uuid } of data) uuids.add(uuid);
      // A page without accounts ends the list, whatever the server announces.
      hasMore = more && data.length > 0;
    }
    return uuids;
  }

  /** Returns the picture of an account, which is fetched if the account has only its hash. */
  async fetchPicture(user: User, { signal, ...options }: RequestOptions): Promise<Uint8Array> {
    const { uuid, pictureHash: hash } = user;
    if (hash === undefined || hash === "" || user.pfp.length > 0) return user.pfp;
    // Without the signal: other callers may wait for the same picture.
    const fetched = this.#pictures.get(hash) ?? this.#request(hash, uuid, options);
    const picture = await (signal ? raceSignal(fetched, signal) : fetched);
    updatePicture(user, hash, picture);
    return picture;
  }

  #request(hash: string, uuid: number, options: RequestOptions): Promise<Uint8Array> {
    const request = this.#command("get_picture", { uuid }, options).then(({ data, pfp_hash: received }) => {
      // The picture has been changed since; a push with its hash precedes the reply.
      if (received !== hash) this.#pictures.delete(hash);
      return decodeBase64(data);
    });
    this.#pictures.set(hash, request);
    request.catch(() => this.#pictures.delete(hash));
    evictOldest(this.#pictures, maxPictures);
    return request;
  }
}
