import { AsterError, SyncServer } from "@asterite/aster";
import * as v from "@asterite/util/schema";
import { type MergedServers, mergeServers } from "../chat/merge-servers.ts";
import { maxServers, uniqueServers } from "../chat/saved-server.ts";
import type { ServerSession } from "../chat/server-session.ts";
import { keyOf } from "../lib/address.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

/** Entry of the account's server list. */
export interface ListedServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly name: string;
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
  async pull(
    home: ServerSession,
    here: () => readonly ServerSession[],
  ): Promise<{ readonly merged: MergedServers; readonly listed: ReadonlyMap<string, ListedServer> }> {
    const list = await this.#fetch(home);
    const endpoints = list.map(({ ip, port }) => ({ host: ip, port }));
    this.#known = new Map(list.map((entry) => [keyOf({ host: entry.ip, port: entry.port }), entry]));
    const addresses = here().map(({ address }) => address);
    // An empty list was never stored or has been lost. The home server itself cannot have been removed from
    // its list.
    const seen = new Set(endpoints.length === 0 ? [] : this.#seen.get());
    seen.delete(home.key);
    const all = new Set(this.#dropped.get());
    const dropped = new Set(endpoints.map(keyOf).filter((key) => all.has(listKey(home, key))));
    const merged = mergeServers(addresses, endpoints, seen, dropped);
    this.#seen.set([...new Set(endpoints.map(keyOf))]);
    const listed = new Map(
      list.map(({ ip: host, port, username, name }) => [
        keyOf({ host, port }),
        { host, port, username, name },
      ]),
    );
    return { merged, listed };
  }

  /** Writes the open servers, in order, as the account's list. */
  async push(home: ServerSession, here: readonly ServerSession[]): Promise<void> {
    const list = here.map((session) => this.#entry(session));
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

  #entry(session: ServerSession): SyncServer {
    const { host, port } = session.address;
    const known = this.#known.get(session.key);
    const { server, saved } = session;
    return new SyncServer({
      ip: host,
      port,
      name: session.name === session.key ? (known?.name ?? "") : session.name,
      pfp: server && server.icon.length > 0 ? server.icon : (known?.pfp ?? new Uint8Array()),
      uuid: server?.selfUuid ?? known?.uuid,
      username: server?.self?.username ?? saved.username ?? known?.username ?? "",
    });
  }
}
