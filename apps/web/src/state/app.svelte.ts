import type { Channel } from "@asterite/aster";
import * as v from "valibot";
import type { Entry } from "../chat/entry.ts";
import { type SavedServer, savedServers, withoutDoubles } from "../chat/saved-server.ts";
import { ServerLink } from "../chat/server-session.ts";
import type { Credentials } from "../chat/types.ts";
import { type Address, keyOf, pageAddress } from "../lib/address.ts";
import { Drafts } from "../lib/storage/drafts.ts";
import { browserStorage, Stored } from "../lib/storage/stored-value.ts";
import { Listener } from "../music/stream-player.ts";
import { AccountServers } from "./account-servers.ts";
import type { DialogState } from "./dialogs.ts";
import { notifyMention } from "./notifications.ts";
import { Preferences } from "./preferences.svelte.ts";
import { hashOf, type Place, placeFrom } from "./route.ts";

/** The whole page: its servers, what it shows, and what the person has chosen. */
export class App {
  readonly storage = browserStorage();
  readonly preferences = new Preferences(this.storage);
  readonly drafts = new Drafts(this.storage);
  readonly listener = new Listener(new Audio());
  /** The server that the page came from. */
  readonly ownAddress: Address = pageAddress(location);
  readonly #saved = savedServers(this.storage);
  readonly #home = new Stored(this.storage, "home", v.string(), "");
  readonly #lastPlace = new Stored(this.storage, "place", v.string(), "");
  readonly #channels = new Stored(this.storage, "channels", v.record(v.string(), v.number()), {});
  readonly #accountServers = new AccountServers(this.storage);
  #links: readonly ServerLink[] = $state.raw([]);
  #place: Place = $state.raw({});
  #dialogs: readonly DialogState[] = $state.raw([]);
  /** Whether the person sees the newest messages of the channel that is shown. */
  isAtEnd = $state(true);
  /** Whether the person looks at the page. */
  isLooking = $state(true);
  /** The message to scroll to, once. */
  jumpTo: number | undefined = $state.raw(undefined);
  /** What the column on the right shows. */
  aside: "members" | "search" | "none" = $state("members");
  /** Whether the channels are open on a small screen. */
  isDrawerOpen = $state(false);

  constructor() {
    this.listener.volume = this.preferences.values.volume;
    this.#links = this.#saved.get().map((saved) => this.#link(saved));
    this.#place = placeFrom(location.hash);
    if (this.#place.server === undefined) this.#place = placeFrom(this.#lastPlace.get());
    const isWide = matchMedia("(min-width: 60rem)").matches;
    this.aside = isWide && this.preferences.values.members ? "members" : "none";
    addEventListener("hashchange", () => this.#followAddress());
    // Such an event may come while the page is being drawn, when nothing may change.
    for (const name of ["focus", "blur", "visibilitychange"]) {
      addEventListener(name, () => queueMicrotask(() => this.#look()));
    }
    this.#look();
    for (const link of this.#links) link.start();
    this.#rememberPlace();
  }

  get links(): readonly ServerLink[] {
    return this.#links;
  }

  /** The server that is shown. */
  get current(): ServerLink | undefined {
    const { server } = this.#place;
    return this.#links.find(({ key }) => key === server) ?? this.#links[0];
  }

  /** The channel that is shown: the one asked for, else the one that was last shown there, else the first. */
  get channel(): Channel | undefined {
    const link = this.current;
    if (!link) return undefined;
    const { channels } = link.facts;
    const wanted = this.#place.server === link.key ? this.#place.channel : undefined;
    const last = this.#channels.get()[link.key];
    const find = (uuid: number | undefined) => channels.find((channel) => channel.uuid === uuid);
    return find(wanted) ?? find(last) ?? channels[0];
  }

  get dialog(): DialogState | undefined {
    return this.#dialogs.at(-1);
  }

  get dialogs(): readonly DialogState[] {
    return this.#dialogs;
  }

  open(dialog: DialogState): void {
    this.#dialogs = [...this.#dialogs, dialog];
  }

  close(dialog: DialogState): void {
    this.#dialogs = this.#dialogs.filter((other) => other !== dialog);
  }

  /** Asks before something that cannot be undone. */
  confirm(text: Omit<DialogState & { kind: "confirm" }, "kind">): void {
    this.open({ kind: "confirm", ...text });
  }

  show(place: Place): void {
    if (place.server === this.#place.server && place.channel === this.#place.channel) return;
    this.#place = place;
    const hash = hashOf(place);
    if (location.hash !== hash) history.pushState(null, "", hash);
    this.#rememberPlace();
  }

  showChannel(link: ServerLink, channel: number): void {
    this.#channels.set({ ...this.#channels.get(), [link.key]: channel });
    this.isDrawerOpen = false;
    this.show({ server: link.key, channel });
  }

  /** Goes to a message of a channel. */
  showMessage(link: ServerLink, channel: number, message: number): void {
    this.showChannel(link, channel);
    this.jumpTo = message;
  }

  /** Logs in to a server, which then belongs to the rail. Rejects with what went wrong. */
  async join(address: Address, credentials: Credentials): Promise<void> {
    const known = this.#links.find(({ key }) => key === keyOf(address));
    const link = known ?? this.#link(address);
    try {
      await link.signIn(credentials);
    } catch (error) {
      if (!known) await link.close();
      throw error;
    }
    if (!known) this.#setLinks([...this.#links, link]);
    if (this.#home.get() === "") this.#home.set(link.key);
    this.show({ server: link.key });
    if (link.key === this.homeKey) await this.#pull(link);
    else await this.#push();
  }

  /** Takes a server off the rail, here and in the account's list. */
  async remove(link: ServerLink): Promise<void> {
    this.#setLinks(this.#links.filter((other) => other !== link));
    if (this.#home.get() === link.key) this.#home.set(this.#links[0]?.key ?? "");
    if (this.#homeLink) this.#accountServers.drop(this.#homeLink, link);
    await link.signOut();
    await link.close();
    await this.#push();
  }

  /** Moves a server up (-1) or down (1). */
  async move(link: ServerLink, by: number): Promise<void> {
    const from = this.#links.indexOf(link);
    const to = from + by;
    if (from < 0 || to < 0 || to >= this.#links.length) return;
    const links = this.#links.filter((other) => other !== link);
    this.#setLinks(links.toSpliced(to, 0, link));
    await this.#push();
  }

  /** Where the account keeps its list of servers. */
  get homeKey(): string {
    return this.#home.get();
  }

  get #homeLink(): ServerLink | undefined {
    return this.#links.find(({ key }) => key === this.homeKey);
  }

  /** Everything unread on all servers. */
  get unread(): { readonly count: number; readonly mentions: number } {
    return this.#links.reduce(
      (
        sum,
        {
          conversations: {
            unread: { total },
          },
        },
      ) => ({
        count: sum.count + total.count,
        mentions: sum.mentions + total.mentions,
      }),
      { count: 0, mentions: 0 },
    );
  }

  #link(saved: SavedServer): ServerLink {
    return new ServerLink(saved, {
      storage: this.storage,
      userAgent: navigator.userAgent,
      hooks: {
        saved: () => this.#save(),
        ready: (link) => {
          if (link.key === this.homeKey) void this.#pull(link);
        },
        message: (link, channel, entry) => this.#notify(link, channel, entry),
        isWatching: (link, channel) => this.isWatching(link, channel),
      },
    });
  }

  /** Whether the person looks at the newest messages of a channel at this moment. */
  isWatching(link: ServerLink, channel: number): boolean {
    return (
      this.isLooking &&
      this.isAtEnd &&
      this.current === link &&
      this.channel?.uuid === channel &&
      !this.dialog
    );
  }

  #setLinks(links: readonly ServerLink[]): void {
    this.#links = withoutDoubles(links.map((link) => ({ ...link.address, link }))).map(({ link }) => link);
    this.#save();
  }

  #save(): void {
    this.#saved.set(this.#links.map(({ saved }) => saved));
  }

  async #pull(home: ServerLink): Promise<void> {
    try {
      const { merged, listed } = await this.#accountServers.pull(home, () => this.#links);
      const byKey = new Map(this.#links.map((link) => [link.key, link]));
      for (const key of merged.added) {
        const entry = listed.get(key);
        if (entry) byKey.set(key, this.#link({ ...entry, tls: this.#isEncrypted(key) }));
      }
      const links = merged.order.flatMap((key) => byKey.get(key) ?? []);
      const gone = this.#links.filter((link) => !links.includes(link));
      this.#setLinks(links);
      await Promise.all(gone.map((link) => link.close()));
      if (merged.isChanged) await this.#push();
    } catch {
      // The list is tried again at the next connection; the servers here stay as they are.
    }
  }

  async #push(): Promise<void> {
    const home = this.#homeLink;
    if (home?.status !== "ready") return;
    await this.#accountServers.push(home, this.#links).catch(() => {});
  }

  /** The account's list does not say; only the page's own server is known to be reached otherwise. */
  #isEncrypted(key: string): boolean {
    return key === keyOf(this.ownAddress) ? this.ownAddress.tls : true;
  }

  #notify(link: ServerLink, channel: Channel, entry: Entry): void {
    if (!this.preferences.values.notify || this.isWatching(link, channel.uuid)) return;
    notifyMention(link, channel, entry, () => this.showMessage(link, channel.uuid, entry.uuid));
  }

  #look(): void {
    this.isLooking = document.visibilityState === "visible" && document.hasFocus();
  }

  #followAddress(): void {
    const place = placeFrom(location.hash);
    if (place.server !== undefined) this.#place = place;
    this.#rememberPlace();
  }

  #rememberPlace(): void {
    if (this.#place.server !== undefined) this.#lastPlace.set(hashOf(this.#place));
  }
}

let app: App | undefined;

/** The one page that there is. */
export function theApp(): App {
  app ??= new App();
  return app;
}
