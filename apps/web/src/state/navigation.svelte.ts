import * as v from "@asterite/util/schema";
import { formatRoute, parseRoute, type Route } from "./route.ts";

/** Content of the panel beside the conversation. */
export type SidePanel = "members" | "search" | "none";

/** Widest screen on which the side panel covers the conversation. */
const coveringPanels = "(max-width: 60rem)";

const entrySchema = v.object({
  /** Position in the history, to distinguish Back from Forward. */
  index: v.number,
  sidePanel: v.oneOf("members", "search", "none"),
  isDrawerOpen: v.boolean,
  /** Number of open dialogs. */
  dialogs: v.number,
  /** Whether the entry was added for a panel or a dialog, and not for a channel. */
  isForPanel: v.boolean,
  /** Whether that panel was closed, which leaves the entry equal to the one before. */
  isSpent: v.boolean,
});

type Entry = v.OutputOf<typeof entrySchema>;

const isSameView = (one: Entry, other: Entry): boolean =>
  one.sidePanel === other.sidePanel &&
  one.isDrawerOpen === other.isDrawerOpen &&
  one.dialogs === other.dialogs;

/** Callbacks of {@link Navigation}. */
export interface NavigationListener {
  /** Called when the route changes. */
  onRoute(route: Route): void;
  /** Closes the topmost dialogs until `count` are open. */
  closeDialogs(count: number): void;
}

/**
 * Current channel and open panels. Each opened channel, panel and dialog is an entry of the browser's history,
 * so that Back closes it.
 */
export class Navigation {
  readonly #listener: NavigationListener;
  readonly #covering = matchMedia(coveringPanels);
  /** Whether the member list is open where there is room for it. */
  readonly #wantsMembers: () => boolean;
  #route: Route = $state.raw({});
  #entry: Entry = $state.raw({
    index: 0,
    sidePanel: "none",
    isDrawerOpen: false,
    dialogs: 0,
    isForPanel: false,
    isSpent: false,
  });

  /** @param lastRoute - Route of the last visit, for an address without one. */
  constructor(lastRoute: Route, wantsMembers: () => boolean, listener: NavigationListener) {
    this.#listener = listener;
    this.#wantsMembers = wantsMembers;
    const route = parseRoute(location.hash);
    this.#route = route.server === undefined ? lastRoute : route;
    const kept = parseEntry(history.state);
    // After a reload the panels are open again, but no dialogs.
    const isSpent = kept !== undefined && (kept.isSpent || kept.dialogs > 0);
    this.#replace({ sidePanel: this.#initialPanel, ...kept, dialogs: 0, isSpent });
    addEventListener("popstate", (event) => this.#handlePop(event.state));
    this.#covering.addEventListener("change", () => this.#replace({ sidePanel: this.#initialPanel }));
  }

  get route(): Route {
    return this.#route;
  }

  get sidePanel(): SidePanel {
    return this.#entry.sidePanel;
  }

  get isDrawerOpen(): boolean {
    return this.#entry.isDrawerOpen;
  }

  /** Whether the side panel covers the conversation. */
  get isPanelCovering(): boolean {
    return this.#covering.matches;
  }

  /** Completes the route of the current entry, for example with the channel that is displayed. */
  amendRoute(route: Route): void {
    if (route.server !== this.#route.server || route.channel === undefined) return;
    this.#route = route;
    this.#replace({});
  }

  /** Opens a channel. Panels that cover the conversation are closed. */
  open(route: Route): void {
    const { isDrawerOpen, sidePanel } = this.#entry;
    const closed = { isDrawerOpen: false, sidePanel: this.#covering.matches ? "none" : sidePanel } as const;
    const hadPanel = isDrawerOpen || closed.sidePanel !== sidePanel;
    // Back returns to the results of a search.
    const isFound = hadPanel && sidePanel === "search";
    if (route.server === this.#route.server && route.channel === this.#route.channel) {
      if (isFound) this.#push(closed, false);
      else if (hadPanel) this.#close(closed);
      return;
    }
    const isFirst = parseRoute(location.hash).server === undefined;
    this.#route = route;
    // The channel takes the place of the panel in which it was chosen.
    if (isFirst || (hadPanel && !isFound)) this.#replace({ ...closed, isForPanel: false, isSpent: false });
    else this.#push(closed, false);
    this.#listener.onRoute(route);
  }

  showPanel(sidePanel: SidePanel): void {
    if (sidePanel === this.#entry.sidePanel) return;
    const isFromSearch = this.#entry.sidePanel === "search";
    const isCovered = this.#covering.matches;
    // The search took the place of the members.
    if (sidePanel === "none") this.#close({ sidePanel: isFromSearch ? this.#initialPanel : "none" });
    else if (isCovered ? this.#entry.sidePanel !== "none" : sidePanel === "members") {
      this.#replace({ sidePanel });
    } else this.#push({ sidePanel });
  }

  showDrawer(isDrawerOpen: boolean): void {
    if (isDrawerOpen === this.#entry.isDrawerOpen) return;
    if (isDrawerOpen) this.#push({ isDrawerOpen });
    else this.#close({ isDrawerOpen });
  }

  /** Records how many dialogs are open. */
  setDialogs(dialogs: number): void {
    if (dialogs > this.#entry.dialogs) this.#push({ dialogs });
    else if (dialogs < this.#entry.dialogs) this.#close({ dialogs });
  }

  get #initialPanel(): SidePanel {
    return !this.#covering.matches && this.#wantsMembers() ? "members" : "none";
  }

  #push(changes: Partial<Entry>, isForPanel = true): void {
    if (this.#entry.isSpent) {
      this.#replace({ ...changes, isForPanel, isSpent: false });
      return;
    }
    this.#entry = { ...this.#entry, ...changes, isForPanel, index: this.#entry.index + 1 };
    history.pushState(this.#entry, "", formatRoute(this.#route));
  }

  /**
   * Closes panels without leaving the entry, because the browser goes back asynchronously. Back skips the
   * entry, and the next push replaces it.
   */
  #close(changes: Partial<Entry>): void {
    this.#replace({ ...changes, isSpent: this.#entry.isForPanel });
  }

  #replace(changes: Partial<Entry>): void {
    this.#entry = { ...this.#entry, ...changes };
    const { server } = this.#route;
    // The address of an invite stays until the account exists.
    history.replaceState(this.#entry, "", server === undefined ? location.href : formatRoute(this.#route));
  }

  #handlePop(state: unknown): void {
    const before = this.#entry;
    const route = parseRoute(location.hash);
    // An address that was entered by hand has no state yet.
    const entry = parseEntry(state) ?? {
      ...before,
      index: before.index + 1,
      isForPanel: false,
      isSpent: false,
    };
    const dialogs = Math.min(entry.dialogs, before.dialogs);
    const isKnown = route.server !== undefined;
    const isSameRoute = route.server === this.#route.server && route.channel === this.#route.channel;
    this.#entry = { ...entry, dialogs };
    if (isKnown) this.#route = route;
    history.replaceState(this.#entry, "");
    this.#listener.closeDialogs(dialogs);
    if (isKnown && !isSameRoute) this.#listener.onRoute(route);
    else if (entry.index < before.index && isSameView(this.#entry, before)) history.back();
  }
}

function parseEntry(state: unknown): Entry | undefined {
  const entry = entrySchema(state);
  return entry instanceof v.Mismatch ? undefined : entry;
}
