import type { Entry } from "../../chat/entry.ts";

/** Actions on a message. */
export interface MessageActions {
  readonly reply: (entry: Entry) => void;
  readonly edit: (entry: Entry) => void;
  /** Saves an edit; rejects if the server refuses it. */
  readonly save: (entry: Entry, text: string) => Promise<void>;
  readonly cancelEdit: (entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
  readonly copy: (entry: Entry) => void;
  readonly jump: (uuid: number) => void;
}

/** Actions that the account is allowed to perform. */
export interface MessagePermissions {
  readonly reply: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
}

/** Handles shortcuts of a focused message, but not of focused elements inside it. */
export function messageKeys(
  event: KeyboardEvent,
  entry: Entry,
  can: MessagePermissions,
  actions: MessageActions,
): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "r" && can.reply) actions.reply(entry);
  else if (key === "e" && can.edit) actions.edit(entry);
  else if (key === "c") actions.copy(entry);
  else if (key === "delete" && can.delete) actions.remove(entry);
  else return;
  event.preventDefault();
}
