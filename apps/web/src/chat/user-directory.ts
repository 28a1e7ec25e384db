import type { Packet, Server, User } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Signal } from "../lib/signal.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import type { Member } from "./types.ts";

/** Accounts of one server and their presence. */
export class UserDirectory {
  readonly signal = new Signal();
  readonly #server: () => Server | undefined;
  readonly #pictures: PictureUrls;
  /** Pictures that were requested on this connection, by account and hash. */
  readonly #requestedPictures = new Set<string>();

  /** Hash of the picture of accounts that have not chosen one. */
  #defaultPicture: string | undefined;

  constructor(server: () => Server | undefined, pictures: PictureUrls) {
    this.#server = server;
    this.#pictures = pictures;
  }

  /** Subscribes to the events of a new connection. */
  listen(server: Server): void {
    server.on("ready", () => this.#requestedPictures.clear());
    server.on("userUpdate", () => this.signal.notify());
    server.on("presence", () => this.signal.notify());
  }

  /** Reads the packets of a connection from its start, because `hello` comes before the login. */
  handlePacket({ command, default_pfp_hash: hash }: Packet): void {
    if (command === "hello") this.#defaultPicture = typeof hash === "string" ? hash : undefined;
  }

  get self(): User | undefined {
    this.signal.track();
    return this.#server()?.self;
  }

  /** Returns an account; undefined for an unknown one, and for a number out of a text that can be none. */
  get(uuid: number): User | undefined {
    this.signal.track();
    return Number.isFinite(uuid) ? this.#server()?.getUser(uuid) : undefined;
  }

  /** Returns the sanitized name of a user, or `fallback` if the user is unknown or has none. */
  nameOf(uuid: number, fallback: string): string {
    return cleanName(this.get(uuid)?.username ?? "", fallback);
  }

  isBot(uuid: number): boolean {
    return this.get(uuid)?.isBot ?? false;
  }

  /**
   * Returns the URL of a user's picture; undefined if the user has chosen none, or until it has been fetched.
   */
  pictureOf(uuid: number): string | undefined {
    const user = this.get(uuid);
    if (!user || (user.pictureHash && user.pictureHash === this.#defaultPicture)) return undefined;
    if (user.pfp.length === 0 && user.pictureHash) void this.#fetchPicture(user);
    return this.#pictures.get(`user ${uuid}`, user.pfp);
  }

  async #fetchPicture(user: User): Promise<void> {
    const key = `${user.uuid} ${user.pictureHash}`;
    if (this.#requestedPictures.has(key)) return;
    this.#requestedPictures.add(key);
    try {
      await this.#server()?.fetchPicture(user);
      this.signal.notify();
    } catch {
      // Without a picture the initials are shown; the next connection requests it again.
    }
  }

  /** Snapshots of all known accounts. */
  get all(): readonly Member[] {
    this.signal.track();
    return Array.from(this.#server()?.peers.values() ?? [], ({ uuid, username, groups }) => ({
      uuid,
      name: cleanName(username),
      groups,
    }));
  }

  /** UUIDs of the users who are online. */
  get online(): ReadonlySet<number> {
    this.signal.track();
    return new Set(this.#server()?.online);
  }

  /** Returns the UUID of the account with a name, ignoring case. */
  findNamed(name: string): number | undefined {
    this.signal.track();
    const wanted = name.toLowerCase();
    for (const { uuid, username } of this.#server()?.peers.values() ?? []) {
      if (username.toLowerCase() === wanted) return uuid;
    }
    return undefined;
  }
}
