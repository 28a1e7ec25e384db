import { AsterError, type Channel, Permissions, type Server } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Topic } from "../lib/signal.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import { groupColour } from "../lib/text/group-colour.ts";
import { Rights } from "./own-permissions.ts";
import type { GroupView } from "./types.ts";
import type { People } from "./user-directory.ts";

/** What a server is set up to be: its name and picture, its channels and groups, and who may do what. */
export class ServerFacts {
  readonly topic = new Topic();
  readonly #server: () => Server | undefined;
  readonly #people: People;
  readonly #pictures: PictureUrls;
  #base = Permissions.initialBase;

  constructor(server: () => Server | undefined, people: People, pictures: PictureUrls) {
    this.#server = server;
    this.#people = people;
    this.#pictures = pictures;
  }

  /** Takes up what a new connection tells. */
  listen(server: Server): void {
    for (const event of ["channels", "groups"] as const) server.on(event, () => this.topic.changed());
    server.on("packet", ({ command, status }) => {
      if (command === "list_channels" && status === 200) void this.learnBase(server);
    });
  }

  /** Asks what everybody may do. */
  async learnBase(server: Server): Promise<void> {
    if (!server.extensions.has("admin")) return;
    try {
      this.#base = await server.admin.fetchBasePermissions();
      this.topic.changed();
    } catch (error) {
      // A server of an earlier version does not tell; then the usual ones are assumed.
      if (!(error instanceof AsterError)) throw error;
    }
  }

  /** The server's name; empty while it is not connected. */
  get name(): string {
    this.topic.follow();
    return this.#server()?.name ?? "";
  }

  get iconUrl(): string | undefined {
    this.topic.follow();
    const server = this.#server();
    return server && this.#pictures.get("icon", server.icon);
  }

  /** In their order. */
  get channels(): readonly Channel[] {
    this.topic.follow();
    return (this.#server()?.channels ?? []).toSorted((one, other) => one.position - other.position);
  }

  /** The name of a channel as it may be shown; unlike the channel itself, it is followed. */
  nameOf(channel: Channel): string {
    this.topic.follow();
    return cleanName(this.#server()?.getChannel(channel.uuid)?.name ?? channel.name);
  }

  /** Seconds between two messages of one person. */
  slowSecondsOf(channel: Channel): number {
    this.topic.follow();
    return this.#server()?.getChannel(channel.uuid)?.slowSeconds ?? 0;
  }

  /** The groups, the highest first, as they are now. */
  get groups(): readonly GroupView[] {
    this.topic.follow();
    const groups = (this.#server()?.groups ?? []).toSorted((one, other) => one.position - other.position);
    return groups.map((model) => {
      const { uuid, name, colour, position, permissions } = model;
      return { uuid, name: cleanName(name), colour, position, permissions, model };
    });
  }

  /** The colour of somebody's highest group, as CSS; undefined without one. */
  colourOf(user: number): string | undefined {
    this.topic.follow();
    const member = this.#people.get(user)?.groups ?? [];
    const groups = member.flatMap((group) => this.#server()?.getGroup(group) ?? []);
    const [top] = groups.sort((one, other) => one.position - other.position);
    return top && groupColour(top.colour);
  }

  /** What accounts may do that are in no group. */
  get base(): Permissions {
    this.topic.follow();
    return this.#base;
  }

  /** What the account may do. */
  get rights(): Rights {
    this.topic.follow();
    return new Rights({
      base: this.#base,
      groups: this.#server()?.groups ?? [],
      self: this.#people.self,
    });
  }
}
