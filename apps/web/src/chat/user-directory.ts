import type { Server, User } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Topic } from "../lib/signal.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import type { Member } from "./types.ts";

/** The accounts of one server, and who of them is there. */
export class People {
  readonly topic = new Topic();
  readonly #server: () => Server | undefined;
  readonly #pictures: PictureUrls;

  constructor(server: () => Server | undefined, pictures: PictureUrls) {
    this.#server = server;
    this.#pictures = pictures;
  }

  /** Takes up what a new connection tells. */
  listen(server: Server): void {
    server.on("userUpdate", () => this.topic.changed());
    server.on("presence", () => this.topic.changed());
  }

  get self(): User | undefined {
    this.topic.follow();
    return this.#server()?.self;
  }

  get(uuid: number): User | undefined {
    this.topic.follow();
    return this.#server()?.getUser(uuid);
  }

  /** Somebody's name as it may be shown; `unknown` where there is none. */
  nameOf(uuid: number, unknown: string): string {
    return cleanName(this.get(uuid)?.username ?? "", unknown);
  }

  pictureOf(uuid: number): string | undefined {
    const user = this.get(uuid);
    return user && this.#pictures.get(`user ${uuid}`, user.pfp);
  }

  /** Every account that is known, as it is now. */
  get all(): readonly Member[] {
    this.topic.follow();
    return Array.from(this.#server()?.peers.values() ?? [], ({ uuid, username, groups }) => ({
      uuid,
      name: cleanName(username),
      groups,
    }));
  }

  /** Those who are there. */
  get online(): ReadonlySet<number> {
    this.topic.follow();
    return new Set(this.#server()?.online);
  }

  /** Whether somebody has this name, in either case. */
  hasNamed(name: string): boolean {
    this.topic.follow();
    const wanted = name.toLowerCase();
    for (const { username } of this.#server()?.peers.values() ?? []) {
      if (username.toLowerCase() === wanted) return true;
    }
    return false;
  }
}
