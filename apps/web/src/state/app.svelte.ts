import type { Channel } from "@asterite/aster";
import * as v from "@asterite/util/schema";
import type { Entry } from "../chat/entry.ts";
import { LastStates } from "../chat/last-state.ts";
import { randomHex } from "../chat/random-hex.ts";
import { type SavedServer, SavedServers, savedKey } from "../chat/saved-server.ts";
import { ServerSession, type ServerSessionListener } from "../chat/server-session.ts";
import type { Credentials } from "../chat/types.ts";
import { type Address, keyOf, pageAddress } from "../lib/address.ts";
import { RecentEmoji } from "../lib/emoji/recent-emoji.ts";
import { BrowserStorage } from "../lib/storage/browser-storage.ts";
import { Drafts } from "../lib/storage/drafts.ts";
import { Edits } from "../lib/storage/edits.ts";
import { StoredValue } from "../lib/storage/stored-value.ts";
import type { Listening } from "../music/listening.ts";
import { AccountServers } from "./account-servers.ts";
import type { DialogState } from "./dialogs.ts";
import { Navigation, type NavigationListener, type SidePanel } from "./navigation.svelte.ts";
import { notifyMention } from "./notifications.ts";
import { PageUpdates } from "./page-updates.svelte.ts";
import { Preferences } from "./preferences.svelte.ts";
import { formatRoute, parseInvite, parseRoute, parseSetup, type Route } from "./route.ts";

/** State of the whole page: server sessions, navigation, dialogs and preferences. */
export class App implements ServerSessionListener, NavigationListener {
  readonly storage = new BrowserStorage(() => localStorage);
  readonly preferences = new Preferences(this.storage);
  readonly drafts = new Drafts(this.storage);
  readonly edits = new Edits(this.storage);
  readonly recentEmoji = new RecentEmoji(this.storage);
  readonly lastStates = new LastStates(this.storage);
  readonly updates = new PageUpdates();
  /** Channel that this tab listened to before a reload. */
  readonly storedListening = new StoredValue(
    new BrowserStorage(() => sessionStorage),
    "listening",
    v.nullable(v.object({ server: v.string, channel: v.number })),
    null,
  );
  /** Playback of a channel's music; undefined until it is needed, because it is loaded on demand. */
  listening: Listening | undefined = $state.raw();
  /** Address of the server that delivered the page. */
  readonly ownAddress: Address = pageAddress(location);
  /** Code of the invite in the address of the page, for a registration on the server that delivered it. */
  readonly invite = parseInvite(location.hash);
  /** Code of the set-up link in the address of the page; undefined once the link was used or left. */
  setup = $state.raw(parseSetup(location.hash));
  readonly #saved = new SavedServers(this.storage);
  readonly #home = new StoredValue(this.storage, "home", v.string, "");
  readonly #lastRoute = new StoredValue(this.storage, "place", v.string, "");
  readonly #channels = new StoredValue(this.storage, "channels", v.record(v.number), {});
  readonly #accountServers = new AccountServers(this.storage);
  readonly #navigation = new Navigation(
    parseRoute(this.#lastRoute.get()),
    () => this.preferences.values.members,
    this,
  );
  #uniting: Promise<ServerSession | undefined> = Promise.resolve(undefined);
  #sessions: readonly ServerSession[] = $state.raw([]);
  #dialogs: readonly DialogState[] = $state.raw([]);
  /** Whether the newest messages of the current channel are visible. */
  isAtEnd = $state(true);
  /** Whether the page is visible and focused. */
  isPageFocused = $state(true);
  /** UUID of the message to scroll to; cleared when handled. */
  jumpTo: number | undefined = $state.raw(undefined);

  /** Text to insert into the message that is being written, such as a mention; cleared when handled. */
  textToInsert: string | undefined = $state.raw(undefined);

  constructor() {
    this.#sessions = this.#saved.list().map((saved) => this.#createSession(saved));
    // These events can fire during rendering, when state must not change.
    for (const name of ["focus", "blur", "visibilitychange"]) {
      addEventListener(name, () => queueMicrotask(() => this.#updateFocus()));
    }
    for (const name of ["online", "focus", "visibilitychange"]) {
      addEventListener(name, () => {
        if (!document.hidden) for (const session of this.#sessions) session.wake();
      });
    }
    // A link that is pasted into the address bar of an open page changes its hash only.
    addEventListener("hashchange", () => {
      if (parseSetup(location.hash)) location.reload();
    });
    addEventListener("pagehide", () => this.#saveLastStates());
    addEventListener("visibilitychange", () => {
      if (document.hidden) this.#saveLastStates();
    });
    this.#updateFocus();
    for (const session of this.#sessions) session.start();
    this.#saved.subscribe(() => this.#adoptSaved());
    this.onRoute(this.#route);
    if (this.storedListening.get()) {
      import("./open-listening.svelte.ts").then(({ openListening }) => openListening(this), reportError);
    }
  }

  get #route(): Route {
    return this.#navigation.route;
  }

  /** Content of the panel on the right. */
  get sidePanel(): SidePanel {
    return this.#navigation.sidePanel;
  }

  set sidePanel(panel: SidePanel) {
    const { isPanelCovering, sidePanel } = this.#navigation;
    // The list is opened again after a reload, where there is room for it.
    const isMembers = panel === "members" || sidePanel === "members";
    if (!isPanelCovering && isMembers && panel !== "search") {
      this.preferences.set({ members: panel === "members" });
    }
    this.#navigation.showPanel(panel);
  }

  /** Whether the channel drawer is open on a small screen. */
  get isDrawerOpen(): boolean {
    return this.#navigation.isDrawerOpen;
  }

  set isDrawerOpen(isOpen: boolean) {
    this.#navigation.showDrawer(isOpen);
  }

  get sessions(): readonly ServerSession[] {
    return this.#sessions;
  }

  /** Session of the current server. */
  get current(): ServerSession | undefined {
    const { server } = this.#route;
    return this.#sessions.find(({ key }) => key === server) ?? this.#sessions[0];
  }

  /** Channel of the address, which may be unknown without a connection. */
  get wantedChannel(): number | undefined {
    return this.#route.channel;
  }

  /** Current channel: the requested one, else the one last opened on this server, else the first. */
  get channel(): Channel | undefined {
    const session = this.current;
    if (!session) return undefined;
    const { channels } = session.serverInfo;
    const find = (uuid: number | undefined) => channels.find((channel) => channel.uuid === uuid);
    const wanted = this.#route.server === session.key ? this.#route.channel : undefined;
    return find(wanted) ?? find(this.#channels.get()[session.key]) ?? channels[0];
  }

  get dialog(): DialogState | undefined {
    return this.#dialogs.at(-1);
  }

  get dialogs(): readonly DialogState[] {
    return this.#dialogs;
  }

  openDialog(dialog: DialogState): void {
    this.#dialogs = [...this.#dialogs, dialog];
    this.#navigation.setDialogs(this.#dialogs.length);
  }

  closeDialog(dialog: DialogState): void {
    this.#dialogs = this.#dialogs.filter((other) => other !== dialog);
    this.#navigation.setDialogs(this.#dialogs.length);
  }

  closeDialogs(count: number): void {
    this.#dialogs = this.#dialogs.slice(0, count);
  }

  /** Opens a confirmation dialog before an action that cannot be undone. */
  confirm(text: Omit<DialogState & { type: "confirm" }, "type">): void {
    this.openDialog({ type: "confirm", ...text });
  }

  navigate(route: Route): void {
    const { current, channel } = this;
    // The history leads back to the channel that was displayed, not to the one last opened.
    if (current) this.#navigation.amendRoute({ server: current.key, channel: channel?.uuid });
    this.#navigation.open(route);
  }

  showChannel(session: ServerSession, channel: number): void {
    const isOther = this.#channels.get()[session.key] !== channel;
    this.navigate({ server: session.key, channel });
    if (isOther) this.#channels.set({ ...this.#channels.get(), [session.key]: channel });
  }

  /** Opens a channel and scrolls to one of its messages. */
  showMessage(session: ServerSession, channel: number, message: number): void {
    this.showChannel(session, channel);
    this.jumpTo = message;
  }

  /** Logs in to a server and adds it to the rail. Rejects with the cause of a failure. */
  async join(address: Address, credentials: Credentials): Promise<void> {
    const known = this.#sessions.find((session) => session.hasAddress(address) && !session.isReplaced);
    // The key of a server that was replaced belongs to its drafts and unsent messages.
    const isKeyTaken = this.#sessions.some(({ key }) => key === keyOf(address));
    const key = isKeyTaken ? `${keyOf(address)}~${randomHex(4)}` : undefined;
    const session = known ?? this.#createSession({ ...address, key });
    try {
      await session.signIn(credentials, address);
    } catch (error) {
      if (!known) await session.close();
      throw error;
    }
    const joined = await this.#unite(session, !known);
    if (!known && joined === session) this.#setSessions([...this.#sessions, session]);
    if (this.#home.get() === "") this.#home.set(joined.key);
    this.navigate({ server: joined.key });
    if (joined.key === this.homeKey) await this.#pull(joined);
    else await this.#push();
  }

  /**
   * Returns the session of the same server at another address, into which this one was merged, or itself. One is
   * merged after the other, so that two sessions are not merged into each other.
   */
  #unite(session: ServerSession, isNew = false): Promise<ServerSession> {
    const united = this.#uniting.then(async () => {
      const { id } = session.saved;
      const others = this.#sessions.filter((one) => one !== session && one.saved.id === id);
      const isListed = isNew || this.#sessions.includes(session);
      if (id === undefined || others.length === 0 || !isListed) return session;
      const { uniteSession } = await import("./unite-sessions.ts");
      const known = await uniteSession(session, others, this);
      if (!known) return session;
      const wasCurrent = this.current === session;
      if (this.homeKey === session.key) this.#home.set(known.key);
      this.#saved.delete(session.key);
      this.lastStates.erase(session.key);
      this.#setSessions(this.#sessions.filter((one) => one !== session));
      if (wasCurrent) this.navigate({ server: known.key, channel: this.wantedChannel });
      return known;
    });
    // If the code cannot be loaded, both servers stay, and the next connection tries again.
    const settled = united.catch(() => session);
    this.#uniting = settled;
    return settled;
  }

  /** Removes a server from the rail and from the account's list. */
  async removeServer(session: ServerSession): Promise<void> {
    // Another server may be added at the address.
    session.conversations.outbox.holdAll();
    this.#saved.delete(session.key);
    this.lastStates.erase(session.key);
    this.#setSessions(this.#sessions.filter((other) => other !== session));
    if (this.#home.get() === session.key) this.#home.set(this.#sessions[0]?.key ?? "");
    if (this.#homeSession) this.#accountServers.drop(this.#homeSession, session);
    await session.signOut();
    await session.close();
    await this.#push();
  }

  /** Moves a server up (-1) or down (1) in the rail. */
  async moveServer(session: ServerSession, by: number): Promise<void> {
    const from = this.#sessions.indexOf(session);
    const to = from + by;
    if (from < 0 || to < 0 || to >= this.#sessions.length) return;
    const sessions = this.#sessions.filter((other) => other !== session);
    this.#setSessions(sessions.toSpliced(to, 0, session));
    await this.#push();
  }

  /** Key of the home server, which stores the account's server list. */
  get homeKey(): string {
    return this.#home.get();
  }

  get #homeSession(): ServerSession | undefined {
    return this.#sessions.find(({ key }) => key === this.homeKey);
  }

  /** Unread messages and mentions on all servers. */
  get unread(): { readonly count: number; readonly mentions: number } {
    return this.#sessions.reduce(
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

  #createSession(saved: SavedServer): ServerSession {
    return new ServerSession(saved, {
      storage: this.storage,
      drafts: this.drafts,
      edits: this.edits,
      savedServers: this.#saved,
      userAgent: navigator.userAgent,
      pathOf: (address) => (keyOf(address) === keyOf(this.ownAddress) ? pathOf(this.ownAddress) : {}),
      listener: this,
    });
  }

  onSaved(session: ServerSession): void {
    // Another tab may have removed the server.
    if (this.#saved.get(session.key)) this.#saved.set(session.saved);
  }

  onReady(session: ServerSession): void {
    if (session.hasAddress(this.ownAddress)) void this.updates.check();
    void this.#unite(session).then((united) => {
      if (united.key === this.homeKey) void this.#pull(united);
    });
  }

  onMessage(session: ServerSession, channel: Channel, entry: Entry): void {
    this.#notify(session, channel, entry);
  }

  /** Returns whether the user currently sees the newest messages of a channel. */
  isWatching(session: ServerSession, channel: number): boolean {
    return (
      this.isPageFocused &&
      this.isAtEnd &&
      this.current === session &&
      this.channel?.uuid === channel &&
      !this.dialog
    );
  }

  #setSessions(sessions: readonly ServerSession[]): void {
    this.#sessions = [...new Map(sessions.map((session) => [session.key, session])).values()];
    this.#saved.setOrder(this.#sessions.map(({ key }) => key));
    for (const { key, saved } of this.#sessions) if (!this.#saved.get(key)) this.#saved.set(saved);
  }

  /** Adopts servers, their order and logins that another tab has changed. */
  #adoptSaved(): void {
    const byKey = new Map(this.#sessions.map((session) => [session.key, session]));
    this.#sessions = this.#saved.list().map((saved) => {
      const session = byKey.get(savedKey(saved)) ?? this.#createSession(saved);
      if (byKey.delete(session.key)) void session.adopt(saved);
      else session.start();
      return session;
    });
    for (const session of byKey.values()) void session.close();
  }

  /** Sessions for the account's list, without those at whose address the account uses another server by now. */
  get #listed(): readonly ServerSession[] {
    return this.#sessions.filter(
      (session) =>
        !session.isReplaced ||
        !this.#sessions.some((one) => one !== session && one.hasAddress(session.address)),
    );
  }

  async #pull(home: ServerSession): Promise<void> {
    try {
      const { merged, listed } = await this.#accountServers.pull(home, () => this.#listed);
      const byKey = new Map(this.#sessions.map((session) => [session.key, session]));
      for (const key of merged.added) {
        const entry = listed.get(key);
        if (entry) byKey.set(key, this.#createSession({ ...entry, tls: this.#isEncrypted(entry) }));
      }
      const unlisted = this.#sessions.filter((session) => !this.#listed.includes(session));
      const sessions = [...merged.order.flatMap((key) => byKey.get(key) ?? []), ...unlisted];
      const gone = this.#sessions.filter((session) => !sessions.includes(session));
      for (const { key } of gone) this.#saved.delete(key);
      this.#setSessions(sessions);
      await Promise.all(gone.map((session) => session.close()));
      if (merged.isChanged) await this.#push();
    } catch {
      // Keep the local list; the next connection tries again.
    }
  }

  async #push(): Promise<void> {
    const home = this.#homeSession;
    if (home?.status !== "ready") return;
    await this.#accountServers.push(home, this.#listed).catch(() => {});
  }

  /**
   * The account's list does not include the protocol; only the page's own server is known to be unencrypted.
   */
  #isEncrypted(address: Pick<Address, "host" | "port">): boolean {
    return keyOf(address) === keyOf(this.ownAddress) ? this.ownAddress.tls : true;
  }

  #notify(session: ServerSession, channel: Channel, entry: Entry): void {
    if (!this.preferences.values.notify || this.isWatching(session, channel.uuid)) return;
    notifyMention(session, channel, entry, () => this.showMessage(session, channel.uuid, entry.uuid));
  }

  #saveLastStates(): void {
    for (const session of this.#sessions) this.lastStates.save(session);
  }

  #updateFocus(): void {
    this.isPageFocused = document.visibilityState === "visible" && document.hasFocus();
  }

  onRoute(route: Route): void {
    if (route.server !== undefined) this.#lastRoute.set(formatRoute(route));
  }
}

const pathOf = ({ path }: Address): Pick<Address, "path"> => (path === undefined ? {} : { path });

let app: App | undefined;

/** Returns the application state, a singleton that is created on first use. */
export function useApp(): App {
  app ??= new App();
  return app;
}
