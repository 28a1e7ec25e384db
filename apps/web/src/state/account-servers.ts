import { AsterError, SyncServer } from "@asterite/aster";
import * as v from "@asterite/util/schema";
import { type MergedServers, mergeServers } from "../chat/merge-servers.ts";
import { maxServers, uniqueServers } from "../chat/saved-server.ts";
import type { ServerSession } from "../chat/server-session.ts";
import { keyOf } from "../lib/address.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

/** Entry of the account's server list. */
interface ListedServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly name: string;
  /** UUID of the account on the server. */
  readonly user?: number;
}

/** Result of {@link AccountServers.pull}. */
export interface PulledServers {
  readonly merged: MergedServers;
  /** Listed servers by key. */
  readonly listed: ReadonlyMap<string, ListedServer>;
}

/** Returns the storage key of a server in the list of an account. */
const listKey = (home: ServerSession, key: string): string =>
  `${home.saved.username ?? ""}@${home.key} ${key}`;

/** Server list that an account stores on its home server, shared by all its browsers. */
export class AccountServers {
  readonly #seen: StoredValue<string[]>;
  /** Removed servers that may still be in an account's list. */
  readonly #dropped: StoredValue<string[]>;
  /** Last fetched entries. Fields that this page does not use are written back unchanged. */
  #known = new Map<string, SyncServer>();

  constructor(storage: KeyValueStorage) {
    this.#seen = new StoredValue(storage, "synced", v.array(v.string), []);
    this.#dropped = new StoredValue(storage, "dropped", v.array(v.string), []);
  }

  /**
   * Records the removal of a server; the next {@link push} writes it to the account's list, even after a
   * reload.
   */
  drop(home: ServerSession, { key }: ServerSession): void {
    const dropped = listKey(home, key);
    const others = this.#dropped.get().filter((other) => other !== dropped);
    this.#dropped.set([...others, dropped].slice(-maxServers));
  }

  /** Fetches the account's list and merges it with the servers that are open at that time. */
  async pull(home: ServerSession, here: () => readonly ServerSession[]): Promise<PulledServers> {
    const list = await this.#fetch(home);
    const sessions = here();
    const keys: string[] = [];
    this.#known = new Map();
    for (const entry of list) {
      const key = findSession(sessions, entry)?.key ?? keyOf({ host: entry.ip, port: entry.port });
      keys.push(key);
      if (!this.#known.has(key)) this.#known.set(key, entry);
    }
    // An empty list was never stored or has been lost. The home server itself cannot have been removed from
    // its list.
    const seen = new Set(keys.length === 0 ? [] : this.#seen.get());
    seen.delete(home.key);
    const all = new Set(this.#dropped.get());
    const dropped = new Set(keys.filter((key) => all.has(listKey(home, key))));
    const merged = mergeServers(
      sessions.map(({ key }) => key),
      keys,
      seen,
      dropped,
    );
    this.#seen.set([...new Set(keys)]);
    const listed = new Map(
      Array.from(this.#known, ([key, { ip: host, port, username, name, uuid: user }]) => [
        key,
        { host, port, username, name, ...(user !== undefined && { user }) },
      ]),
    );
    return { merged, listed };
  }

  /** Writes the open servers, in order, as the account's list. */
  async push(home: ServerSession, here: readonly ServerSession[]): Promise<void> {
    const list = here.map((session) => this.#entry(home, session));
    const written = new Set(this.#dropped.get().filter((key) => key.startsWith(listKey(home, ""))));
    await home.server?.setSyncServers(list);
    this.#seen.set(here.map(({ key }) => key));
    this.#dropped.set(this.#dropped.get().filter((key) => !written.has(key)));
  }

  async #fetch(home: ServerSession): Promise<SyncServer[]> {
    if (!home.server) throw new AsterError("CONNECTION_LOST", "not connected");
    const { servers } = await home.server.command("sync_get_servers", {});
    const list = servers
      .filter(({ ip, port }) => ip !== "" && port >= 1 && port <= 65_535)
      .map((entry) => ({ host: entry.ip, port: entry.port, server: SyncServer.fromJson(entry) }));
    return uniqueServers(list)
      .slice(0, maxServers)
      .map(({ server }) => server);
  }

  #entry(home: ServerSession, session: ServerSession): SyncServer {
    const known = this.#known.get(session.key);
    const { server, saved } = session;
    const { host, port } = session.address;
    // Each browser may open the home server at another address.
    const isHome = session.key === home.key && known !== undefined;
    return new SyncServer({
      ...(isHome ? { ip: known.ip, port: known.port } : { ip: host, port }),
      name: session.name === session.key ? (known?.name ?? "") : session.name,
      pfp: server && server.icon.length > 0 ? server.icon : (known?.pfp ?? new Uint8Array()),
      uuid: server?.selfUuid ?? known?.uuid,
      username: server?.self?.username ?? saved.username ?? known?.username ?? "",
    });
  }
}

/**
 * Returns the session of a listed server: the one at its address, or one of the same account at another. A login at
 * the address is never given up for the UUID of an account, since any server can assign any UUID.
 */
function findSession(
  sessions: readonly ServerSession[],
  { ip: host, port, uuid }: SyncServer,
): ServerSession | undefined {
  const ofAccount = (list: readonly ServerSession[]): ServerSession | undefined =>
    list.find(({ saved: { token, user } }) => token !== undefined && user !== undefined && user === uuid);
  const atAddress = sessions.filter((session) => session.hasAddress({ host, port }));
  const signedIn = atAddress.find(({ saved }) => saved.device !== undefined);
  return ofAccount(atAddress) ?? signedIn ?? ofAccount(sessions) ?? atAddress[0];
}
