import type { Channel } from "@asterite/aster";
import { untrack } from "svelte";
import type { Entry } from "../../chat/entry.ts";
import type { MessageLog } from "../../chat/message-log.ts";
import type { ServerSession } from "../../chat/server-session.ts";
import type { Drafts } from "../../lib/storage/drafts.ts";
import type { Edits } from "../../lib/storage/edits.ts";

/** Storage of unsent texts. */
interface Storage {
  readonly drafts: Drafts;
  readonly edits: Edits;
}

/** Reply target and edited message of a channel. Both survive a channel switch and a reload. */
export class MessageDrafts {
  /** UUID of the message that is being edited. */
  editing: number | undefined = $state.raw();
  /** Whether the message being replied to was deleted. */
  isReplyGone = $state(false);
  readonly #session: ServerSession;
  readonly #channel: number;
  readonly #log: MessageLog;
  readonly #storage: Storage;
  /** Unsaved texts by message. Another tab may have removed them from the storage by saving them. */
  readonly #unsaved: Map<number, string>;
  #replyTo: Entry | undefined = $state.raw();
  #isReplyRestored = $state(false);

  /** Must be called while a component is initialized. */
  constructor(session: ServerSession, channel: Channel, log: MessageLog, storage: Storage) {
    this.#session = session;
    this.#channel = channel.uuid;
    this.#log = log;
    this.#storage = storage;
    const edits = [...storage.edits.forServer(session.key)].filter(
      ([, edit]) => edit.channel === channel.uuid,
    );
    this.#unsaved = new Map(edits.map(([uuid, { text }]) => [uuid, text]));
    this.editing = edits[0]?.[0];
    $effect(() => {
      if (log.isLoaded) void untrack(() => this.#restoreReply());
    });
    $effect(() => {
      if (!this.#isReplyRestored) return;
      storage.drafts.update(session.key, channel.uuid, { replyTo: this.#replyTo?.uuid });
    });
    $effect(() => {
      if (this.#replyTo && log.isRemoved(this.#replyTo.uuid)) this.#dropReply();
    });
  }

  /** Message being replied to. */
  get replyTo(): Entry | undefined {
    return this.#replyTo;
  }

  set replyTo(entry: Entry | undefined) {
    this.#replyTo = entry;
    this.isReplyGone = false;
  }

  /**
   * Edited message that already has the unsaved text: the confirmation of a save was lost, or another tab has saved
   * the same text.
   */
  get appliedEdit(): number | undefined {
    const entry = this.editing === undefined ? undefined : this.#log.get(this.editing);
    return entry && this.#unsaved.get(entry.uuid) === entry.content ? entry.uuid : undefined;
  }

  /** Returns the unsaved text of a message, or the current one. */
  textOf({ uuid, content }: Entry): string {
    return this.#storage.edits.get(this.#session.key, uuid)?.text ?? content;
  }

  /** Stores the text of an edit until it is saved. */
  keepEdit({ uuid, content }: Entry, text: string): void {
    if (text === content) {
      this.endEdit(uuid);
      return;
    }
    this.#unsaved.set(uuid, text);
    this.#storage.edits.set(this.#session.key, uuid, this.#channel, text);
  }

  /** Forgets the unsaved text of a message. */
  endEdit(uuid: number): void {
    this.#unsaved.delete(uuid);
    this.#storage.edits.delete(this.#session.key, uuid);
  }

  async #restoreReply(): Promise<void> {
    if (this.#isReplyRestored) return;
    const wanted = this.#storage.drafts.get(this.#session.key, this.#channel)?.replyTo;
    const found = wanted === undefined ? undefined : await this.#session.conversations.findMessage(wanted);
    if (!this.#replyTo) {
      this.#replyTo = found;
      this.isReplyGone = wanted !== undefined && !found;
    }
    this.#isReplyRestored = true;
  }

  #dropReply(): void {
    this.#replyTo = undefined;
    this.isReplyGone = true;
  }
}
