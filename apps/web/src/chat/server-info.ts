import { AsterError, type Channel, Permissions, type Server } from "@asterite/aster";
import type { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { Signal } from "../lib/signal.ts";
import { cleanName } from "../lib/text/clean-name.ts";
import { groupColour } from "../lib/text/group-colour.ts";
import { OwnPermissions } from "./own-permissions.ts";
import type { GroupView } from "./types.ts";
import type { UserDirectory } from "./user-directory.ts";

/** Name, icon, channels, groups and permissions of one server. */
export class ServerInfo {
  readonly signal = new Signal();
  readonly #server: () => Server | undefined;
  readonly #users: UserDirectory;
  readonly #pictures: PictureUrls;
  #base = Permissions.initialBase;

  constructor(server: () => Server | undefined, users: UserDirectory, pictures: PictureUrls) {
    this.#server = server;
    this.#users = users;
    this.#pictures = pictures;
  }

  /** Subscribes to the events of a new connection. */
  listen(server: Server): void {
    for (const event of ["channels", "groups"] as const) server.on(event, () => this.signal.notify());
    server.on("packet", ({ command, status }) => {
      if (command === "list_channels" && status === 200) void this.learnBase(server);
    });
  }

  /** Fetches the base permissions. */
  async learnBase(server: Server): Promise<void> {
    if (!server.extensions.has("admin")) return;
    try {
      this.#base = await server.admin.fetchBasePermissions();
      this.signal.notify();
    } catch (error) {
      // Older servers do not return them: keep the defaults.
      if (!(error instanceof AsterError)) throw error;
    }
  }

  /** Server name; empty while disconnected. */
  get name(): string {
    this.signal.track();
    return this.#server()?.name ?? "";
  }

  get iconUrl(): string | undefined {
    this.signal.track();
    const server = this.#server();
    return server && this.#pictures.get("icon", server.icon);
  }

  /** Channels in display order. */
  get channels(): readonly Channel[] {
    this.signal.track();
    return (this.#server()?.channels ?? []).toSorted((one, other) => one.position - other.position);
  }

  /** Returns the sanitized name of a channel. Unlike a property of the channel, it is tracked. */
  nameOf(channel: Channel): string {
    this.signal.track();
    return cleanName(this.#server()?.getChannel(channel.uuid)?.name ?? channel.name);
  }

  /** Returns the slow mode interval of a channel in seconds; 0 when off. */
  slowSecondsOf(channel: Channel): number {
    this.signal.track();
    return this.#server()?.getChannel(channel.uuid)?.slowSeconds ?? 0;
  }

  /** Snapshots of all groups, highest first. */
  get groups(): readonly GroupView[] {
    this.signal.track();
    const groups = (this.#server()?.groups ?? []).toSorted((one, other) => one.position - other.position);
    return groups.map((model) => {
      const { uuid, name, colour, position, permissions } = model;
      return { uuid, name: cleanName(name), colour, position, permissions, model };
    });
  }

  /** Returns the CSS colour of a user's highest group; undefined without one. */
  colourOf(user: number): string | undefined {
    this.signal.track();
    const memberOf = this.#users.get(user)?.groups ?? [];
    const groups = memberOf.flatMap((group) => this.#server()?.getGroup(group) ?? []);
    const [top] = groups.sort((one, other) => one.position - other.position);
    return top && groupColour(top.colour);
  }

  /** Permissions of accounts without a group. */
  get base(): Permissions {
    this.signal.track();
    return this.#base;
  }

  /** Effective permissions of the signed-in account. */
  get ownPermissions(): OwnPermissions {
    this.signal.track();
    return new OwnPermissions({
      base: this.#base,
      groups: this.#server()?.groups ?? [],
      self: this.#users.self,
    });
  }
}
