import {
  type Channel,
  CommandError,
  type Group,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
  type Server,
  type User,
} from "@asterite/aster";
import { type Clock, systemClock } from "@asterite/util";

/** Time for which the base permissions of a server are kept, in ms. No push reports their changes. */
const keptMs = 60_000;

/** Returns the groups of an account. */
export const groupsOf = (user: User, server: Server): readonly Group[] =>
  server.groups.filter(({ uuid }) => user.groups.includes(uuid));

/**
 * Computes the permissions of accounts. The base permissions of a server are fetched once a minute; servers
 * without the extension `admin` do not send them, and count as having those of a new database: chatting is
 * allowed, administration is denied.
 */
export class PermissionReader {
  readonly #clock: Pick<Clock, "now">;
  readonly #bases = new WeakMap<
    Server,
    { readonly fetchedAtMs: number; readonly base: Promise<Permissions> }
  >();

  constructor(clock: Pick<Clock, "now"> = systemClock) {
    this.#clock = clock;
  }

  /** Returns the permissions of an account on the server. */
  async onServer(user: User, server: Server): Promise<Permissions> {
    return resolveServerPermissions(await this.#fetchBase(server), groupsOf(user, server));
  }

  /** Returns the permissions of an account in a channel. */
  async inChannel(user: User, channel: Channel): Promise<Permissions> {
    const onServer = await this.onServer(user, channel.server);
    const overrides = groupsOf(user, channel.server).map(({ uuid, position }) => ({
      uuid,
      position,
      permissions: channel.overrides[`group:${uuid}`] ?? Permissions.none,
    }));
    return resolveChannelPermissions(onServer, overrides, channel.overrides[`user:${user.uuid}`]);
  }

  #fetchBase(server: Server): Promise<Permissions> {
    const known = this.#bases.get(server);
    const nowMs = this.#clock.now();
    if (known && nowMs - known.fetchedAtMs < keptMs) return known.base;
    const base = loadBase(server);
    this.#bases.set(server, { fetchedAtMs: nowMs, base });
    base.catch(() => this.#bases.delete(server));
    return base;
  }
}

async function loadBase(server: Server): Promise<Permissions> {
  if (!server.extensions.has("groups")) await loadGroups(server);
  return server.extensions.has("admin") ? await server.admin.fetchBasePermissions() : Permissions.initialBase;
}

/** Requests the groups of a server that does not send them on its own. */
async function loadGroups(server: Server): Promise<void> {
  try {
    await server.listGroups();
  } catch (error) {
    // The reference server fails to list its groups: no account counts as a member of one.
    if (!(error instanceof CommandError)) throw error;
  }
}
