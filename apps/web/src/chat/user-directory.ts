import type { Server, User } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Signal } from "../lib/signal.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import type { Member } from "./types.ts";

/** Accounts of one server and their presence. */
export class UserDirectory {
  readonly signal = new Signal();
  readonly #server: () => Server | undefined;
  readonly #pictures: PictureUrls;

  constructor(server: () => Server | undefined, pictures: PictureUrls) {
    this.#server = server;
    this.#pictures = pictures;
  }

  /** Subscribes to the events of a new connection. */
  listen(server: Server): void {
    server.on("userUpdate", () => this.signal.notify());
    server.on("presence", () => this.signal.notify());
  }

  get self(): User | undefined {
    this.signal.track();
    return this.#server()?.self;
  }

  get(uuid: number): User | undefined {
    this.signal.track();
    return this.#server()?.getUser(uuid);
  }

  /** Returns the sanitized name of a user, or `fallback` if the user is unknown or has none. */
  nameOf(uuid: number, fallback: string): string {
    return cleanName(this.get(uuid)?.username ?? "", fallback);
  }

  isBot(uuid: number): boolean {
    return this.get(uuid)?.isBot ?? false;
  }

  pictureOf(uuid: number): string | undefined {
    const user = this.get(uuid);
    return user && this.#pictures.get(`user ${uuid}`, user.pfp);
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

  /** Returns whether an account has this name, ignoring case. */
  hasNamed(name: string): boolean {
    this.signal.track();
    const wanted = name.toLowerCase();
    for (const { username } of this.#server()?.peers.values() ?? []) {
      if (username.toLowerCase() === wanted) return true;
    }
    return false;
  }
}
