import type { Entry } from "../../chat/entry.ts";

/** What can be done with a message. */
export interface MessageActions {
  readonly reply: (entry: Entry) => void;
  readonly edit: (entry: Entry) => void;
  /** Rejects if the server refuses. */
  readonly save: (entry: Entry, text: string) => Promise<void>;
  readonly cancelEdit: () => void;
  readonly remove: (entry: Entry) => void;
  readonly copy: (entry: Entry) => void;
  readonly jump: (uuid: number) => void;
}

/** What of it the account may do. */
export interface MessageRights {
  readonly reply: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
}

/** The keys of a message that has the focus itself, not something inside it. */
export function messageKeys(
  event: KeyboardEvent,
  entry: Entry,
  can: MessageRights,
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
