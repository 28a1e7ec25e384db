import type { LibraryItem } from "../../music/library-api.ts";

/** What to do with an item of the library. */
export type LibraryAction = "now" | "next" | "add" | "shuffled";

const commands = { now: "playnow", next: "playnext", add: "play", shuffled: "playshuffled" } as const;

/** Returns the command of the bot for an action, without its prefix. */
export const commandFor = (action: LibraryAction, { key }: LibraryItem): string =>
  `${commands[action]} library:${key}`;
