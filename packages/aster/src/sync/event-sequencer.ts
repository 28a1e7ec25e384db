import { checkPush, type Message as MessageData, type Packet, Status } from "@asterite/aster-protocol";
import type { Announce, Cache } from "../cache/cache.ts";
import { Trails } from "../cache/channel-progress.ts";
import { Recent } from "../cache/recent-set.ts";
import { AsterError } from "../errors.ts";
import { editMessage, type Message } from "../models/message.ts";
import type { Server } from "../server.ts";

/** What an {@link Inbox} needs from the server object. */
interface InboxContext {
  readonly server: Server;
  readonly cache: Cache;
  readonly announce: Announce;
  /** Asks for an account that is not known; never rejects. */
  readonly learnUser: (uuid: number) => Promise<unknown>;
  /** Every message as it comes in, before it is told. */
  readonly received: (message: Message) => void;
  /** Drops a connection that is no good. */
  readonly drop: (error: AsterError) => void;
}

/** Events that may wait for the name of an author; beyond it they are told with a nameless one. */
const mostWaiting = 1000;
/** Authors that are asked for at the same time; more at once is no conversation but an attack. */
const mostAsked = 32;
/** What may be held back while the past is fetched. */
const mostHeld = 10_000;
const mostHeldCharacters = 64 * 1024 * 1024;

const timeline = new Set(["content", "message_edited", "message_deleted"]);

const seqOf = ({ seq }: Packet): number | undefined =>
  typeof seq === "number" && Number.isSafeInteger(seq) ? seq : undefined;

/**
 * What happened to messages, told in order and once each: pushes as they come, and after an absence first
 * what was missed, while pushes wait.
 */
export class Inbox {
  /** How far each channel has been followed. */
  readonly trails = new Trails();
  /** Everything up to here in the server's sequence of events has been taken in; undefined without one. */
  cursor: number | undefined;
  readonly #context: InboxContext;
  readonly #sequence = new Recent(4096);
  readonly #deleted = new Recent(1000);
  #held: Packet[] | undefined;
  #heldCharacters = 0;
  /** Events in order of arrival; the first waits for its author. */
  #waiting: { readonly tell: () => void; readonly until: Promise<unknown> | undefined }[] = [];
  #isTelling = false;
  #asked = 0;

  constructor(context: InboxContext) {
    this.#context = context;
  }

  /** Whether pushes are told as they come. */
  get isLive(): boolean {
    return this.#held === undefined;
  }

  /** From now on nothing live is told until {@link release}; what was held for an earlier connection is void. */
  hold(): void {
    this.#held = [];
    this.#heldCharacters = 0;
  }

  /** The past is told; what was held follows. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const packet of held) this.#take(packet);
  }

  /** Resolves when everything taken in so far has been told, those that wait for their authors included. */
  told(): Promise<void> {
    return new Promise((resolve) => this.#tell(resolve));
  }

  /** Takes in a packet from the connection. */
  handle(packet: Packet, characters: number): void {
    if (packet.status !== Status.Ok) return;
    const isEvent = timeline.has(packet.command);
    if (!this.#held) {
      if (isEvent || seqOf(packet) !== undefined) this.#take(packet);
    } else if (isEvent) {
      this.#heldCharacters += characters;
      if (this.#held.push(packet) > mostHeld || this.#heldCharacters > mostHeldCharacters) {
        this.hold();
        this.#context.drop(new AsterError("PROTOCOL_VIOLATION", "more came than could be held back"));
      }
    }
  }

  /** Takes in a packet of the past. */
  replay(packet: Packet): void {
    if (timeline.has(packet.command)) this.#take(packet);
  }

  /** Takes in a message of the past. */
  replayMessage(data: MessageData): void {
    this.#content(data);
  }

  #take(packet: Packet): void {
    const seq = seqOf(packet);
    if (seq !== undefined) {
      this.cursor = Math.max(seq, this.cursor ?? seq);
      if (!this.#sequence.add(seq)) return;
    }
    if (packet.command === "content") {
      const checked = checkPush("content", packet);
      if (checked.ok) this.#content(checked.value);
    } else if (packet.command === "message_edited") {
      const checked = checkPush("message_edited", packet);
      if (checked.ok) this.#edited(checked.value);
    } else if (packet.command === "message_deleted") {
      const checked = checkPush("message_deleted", packet);
      if (checked.ok) this.#removed(checked.value);
    }
  }

  #content(data: MessageData): void {
    if (!this.trails.of(data.channel_uuid).add(data)) return;
    const { cache, announce, received } = this.#context;
    const isAsked = cache.users.isStranger(data.author_uuid) && this.#asked < mostAsked;
    const message = cache.keepMessage(data, "push");
    received(message);
    this.#tell(() => announce("message", message), isAsked ? () => this.#ask(data.author_uuid) : undefined);
  }

  async #ask(author: number): Promise<void> {
    this.#asked++;
    await this.#context.learnUser(author);
    this.#asked--;
  }

  #edited({ message: uuid, new_content, channel_uuid }: EditFields): void {
    const { cache, server, announce } = this.#context;
    const message = cache.messages.get(uuid);
    const previousContent = message?.content;
    // The same edit once more tells nothing.
    if (message && !editMessage(message, new_content)) return;
    const channel = this.#channel(message, channel_uuid);
    const edit = { uuid, content: new_content, previousContent, message, channel };
    this.#tell(() => announce("messageEdit", edit, server));
  }

  #removed({
    message: uuid,
    channel_uuid,
  }: {
    readonly message: number;
    readonly channel_uuid?: number | undefined;
  }) {
    if (!this.#deleted.add(uuid)) return;
    const { cache, server, announce } = this.#context;
    const message = cache.messages.remove(uuid);
    const deletion = { uuid, message, channel: this.#channel(message, channel_uuid) };
    this.#tell(() => announce("messageDelete", deletion, server));
  }

  #channel(message: Message | undefined, uuid: number | undefined) {
    if (message) return message.channel;
    return uuid === undefined ? undefined : this.#context.cache.channels.get(uuid);
  }

  /** Tells now, or after the events that wait; asking for an author begins at once. */
  #tell(tell: () => void, ask?: () => Promise<unknown>): void {
    if (this.#waiting.length >= mostWaiting) for (const late of this.#waiting.splice(0)) late.tell();
    if (!ask && this.#waiting.length === 0 && !this.#isTelling) {
      tell();
      return;
    }
    this.#waiting.push({ tell, until: ask?.() });
    if (!this.#isTelling) void this.#tellWaiting();
  }

  async #tellWaiting(): Promise<void> {
    this.#isTelling = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (await next.until) await next.until;
      // It may have been told meanwhile, because too many waited.
      if (this.#waiting[0] === next) this.#waiting.shift()?.tell();
    }
    this.#isTelling = false;
  }
}

interface EditFields {
  readonly message: number;
  readonly new_content: string;
  readonly channel_uuid?: number | undefined;
}
