import { AsterError, SyncServer } from "@asterite/aster";
import * as v from "valibot";
import { type MergedServers, mergeServers } from "../chat/merge-servers.ts";
import { mostServers, withoutDoubles } from "../chat/saved-server.ts";
import type { ServerLink } from "../chat/server-session.ts";
import { keyOf } from "../lib/address.ts";
import { type KeyValueStorage, Stored } from "../lib/storage/stored-value.ts";

/** A server as the account's list names it. */
export interface ListedServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly name: string;
}

/** Names a server in the list of an account. */
const placeIn = (home: ServerLink, key: string): string => `${home.saved.username ?? ""}@${home.key} ${key}`;

/** The list of servers that an account keeps on its own server, so that all its browsers have the same. */
export class AccountServers {
  readonly #seen: Stored<string[]>;
  /** What was taken off and may still be in an account's list, by the account whose list it is. */
  readonly #dropped: Stored<string[]>;
  /** What the account's list says beyond what is shown here; it is written back as it was. */
  #known = new Map<string, SyncServer>();

  constructor(storage: KeyValueStorage) {
    this.#seen = new Stored(storage, "synced", v.array(v.string()), []);
    this.#dropped = new Stored(storage, "dropped", v.array(v.string()), []);
  }

  /** A server is taken off here; the account's list is told by the next {@link push}, now or after a reload. */
  drop(home: ServerLink, { key }: ServerLink): void {
    const others = this.#dropped.get().filter((place) => place !== placeIn(home, key));
    this.#dropped.set([...others, placeIn(home, key)].slice(-mostServers));
  }

  /** Asks for the account's list and says what becomes of the servers that are here by then. */
  async pull(
    home: ServerLink,
    here: () => readonly ServerLink[],
  ): Promise<{ readonly merged: MergedServers; readonly listed: ReadonlyMap<string, ListedServer> }> {
    const list = await this.#fetch(home);
    const places = list.map(({ ip, port }) => ({ host: ip, port }));
    this.#known = new Map(list.map((entry) => [keyOf({ host: entry.ip, port: entry.port }), entry]));
    const addresses = here().map(({ address }) => address);
    // An empty list is one that was never stored, or lost; nobody can have taken the list's own server from it.
    const seen = new Set(places.length === 0 ? [] : this.#seen.get());
    seen.delete(home.key);
    const all = new Set(this.#dropped.get());
    const dropped = new Set(places.map(keyOf).filter((key) => all.has(placeIn(home, key))));
    const merged = mergeServers(addresses, places, seen, dropped);
    this.#seen.set([...new Set(places.map(keyOf))]);
    const listed = new Map(
      list.map(({ ip: host, port, username, name }) => [
        keyOf({ host, port }),
        { host, port, username, name },
      ]),
    );
    return { merged, listed };
  }

  /** Stores the servers here, in their order, as the account's list. */
  async push(home: ServerLink, here: readonly ServerLink[]): Promise<void> {
    const list = here.map((link) => this.#entry(link));
    const told = new Set(this.#dropped.get().filter((place) => place.startsWith(placeIn(home, ""))));
    await home.server?.setSyncServers(list);
    this.#seen.set(here.map(({ key }) => key));
    this.#dropped.set(this.#dropped.get().filter((place) => !told.has(place)));
  }

  async #fetch(home: ServerLink): Promise<SyncServer[]> {
    if (!home.server) throw new AsterError("CONNECTION_LOST", "not connected");
    const { servers } = await home.server.command("sync_get_servers", {});
    const list = servers
      .filter(({ ip, port }) => ip !== "" && port >= 1 && port <= 65_535)
      .map((entry) => ({ ...SyncServer.fromJson(entry), host: entry.ip, port: entry.port }));
    return withoutDoubles(list)
      .slice(0, mostServers)
      .map((fields) => new SyncServer(fields));
  }

  #entry(link: ServerLink): SyncServer {
    const { host, port } = link.address;
    const known = this.#known.get(link.key);
    const { server, saved } = link;
    return new SyncServer({
      ip: host,
      port,
      name: link.name === link.key ? (known?.name ?? "") : link.name,
      pfp: server && server.icon.length > 0 ? server.icon : (known?.pfp ?? new Uint8Array()),
      uuid: server?.selfUuid ?? known?.uuid,
      username: server?.self?.username ?? saved.username ?? known?.username ?? "",
    });
  }
}
