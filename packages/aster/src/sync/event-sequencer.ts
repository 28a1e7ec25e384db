import { checkPush, type Message as MessageData, type Packet, Status } from "@asterite/aster-protocol";
import type { Cache, EmitEvent } from "../cache/cache.ts";
import { ChannelProgressMap } from "../cache/channel-progress.ts";
import { RecentSet } from "../cache/recent-set.ts";
import { AsterError } from "../errors.ts";
import { applyEdit, type Message } from "../models/message.ts";
import type { Server } from "../server.ts";

/** What an {@link EventSequencer} needs from the server object. */
interface EventSequencerContext {
  readonly server: Server;
  readonly cache: Cache;
  readonly announce: EmitEvent;
  /** Asks for an account that is not known; never rejects. */
  readonly learnUser: (uuid: number) => Promise<unknown>;
  /** Every message as it comes in, before it is told. */
  readonly received: (message: Message) => void;
  /** Drops a connection that is no good. */
  readonly drop: (error: AsterError) => void;
}

/** Events that may wait for the name of an author; beyond it they are told with a nameless one. */
const maxWaitingEvents = 1000;
/** Authors that are asked for at the same time; more at once is no conversation but an attack. */
const maxAuthorFetches = 32;
/** What may be held back while the past is fetched. */
const maxHeldPackets = 10_000;
const maxHeldCharacters = 64 * 1024 * 1024;

const timelineCommands = new Set(["content", "message_edited", "message_deleted"]);

const seqOf = ({ seq }: Packet): number | undefined =>
  typeof seq === "number" && Number.isSafeInteger(seq) ? seq : undefined;

/**
 * What happened to messages, told in order and once each: pushes as they come, and after an absence first
 * what was missed, while pushes wait.
 */
export class EventSequencer {
  /** How far each channel has been followed. */
  readonly progress = new ChannelProgressMap();
  /** Everything up to here in the server's sequence of events has been taken in; undefined without one. */
  cursor: number | undefined;
  readonly #context: EventSequencerContext;
  readonly #seenSequenceNumbers = new RecentSet(4096);
  readonly #deleted = new RecentSet(1000);
  #held: Packet[] | undefined;
  #heldCharacters = 0;
  /** Events in order of arrival; the first waits for its author. */
  #waiting: { readonly tell: () => void; readonly until: Promise<unknown> | undefined }[] = [];
  #isEmitting = false;
  #authorFetches = 0;

  constructor(context: EventSequencerContext) {
    this.#context = context;
  }

  /** Whether pushes are told as they come. */
  get isLive(): boolean {
    return this.#held === undefined;
  }

  /** From now on nothing live is told until {@link resume}; what was held for an earlier connection is void. */
  pause(): void {
    this.#held = [];
    this.#heldCharacters = 0;
  }

  /** The past is told; what was held follows. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const packet of held) this.#applyPacket(packet);
  }

  /** Resolves when everything taken in so far has been told, those that wait for their authors included. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#enqueue(resolve));
  }

  /** Takes in a packet from the connection. */
  handlePacket(packet: Packet, characters: number): void {
    if (packet.status !== Status.Ok) return;
    const isEvent = timelineCommands.has(packet.command);
    if (!this.#held) {
      if (isEvent || seqOf(packet) !== undefined) this.#applyPacket(packet);
    } else if (isEvent) {
      this.#heldCharacters += characters;
      if (this.#held.push(packet) > maxHeldPackets || this.#heldCharacters > maxHeldCharacters) {
        this.pause();
        this.#context.drop(new AsterError("PROTOCOL_VIOLATION", "more came than could be held back"));
      }
    }
  }

  /** Takes in a packet of the past. */
  replayPacket(packet: Packet): void {
    if (timelineCommands.has(packet.command)) this.#applyPacket(packet);
  }

  /** Takes in a message of the past. */
  replayMessage(data: MessageData): void {
    this.#applyMessage(data);
  }

  #applyPacket(packet: Packet): void {
    const seq = seqOf(packet);
    if (seq !== undefined) {
      this.cursor = Math.max(seq, this.cursor ?? seq);
      if (!this.#seenSequenceNumbers.add(seq)) return;
    }
    if (packet.command === "content") {
      const checked = checkPush("content", packet);
      if (checked.ok) this.#applyMessage(checked.value);
    } else if (packet.command === "message_edited") {
      const checked = checkPush("message_edited", packet);
      if (checked.ok) this.#applyEdit(checked.value);
    } else if (packet.command === "message_deleted") {
      const checked = checkPush("message_deleted", packet);
      if (checked.ok) this.#applyDeletion(checked.value);
    }
  }

  #applyMessage(data: MessageData): void {
    if (!this.progress.getOrCreate(data.channel_uuid).add(data)) return;
    const { cache, announce, received } = this.#context;
    const isAsked = cache.users.isUnknown(data.author_uuid) && this.#authorFetches < maxAuthorFetches;
    const message = cache.upsertMessage(data, "push");
    received(message);
    this.#enqueue(
      () => announce("message", message),
      isAsked ? () => this.#fetchAuthor(data.author_uuid) : undefined,
    );
  }

  async #fetchAuthor(author: number): Promise<void> {
    this.#authorFetches++;
    await this.#context.learnUser(author);
    this.#authorFetches--;
  }

  #applyEdit({ message: uuid, new_content, channel_uuid }: EditFields): void {
    const { cache, server, announce } = this.#context;
    const message = cache.messages.get(uuid);
    const previousContent = message?.content;
    // The same edit once more tells nothing.
    if (message && !applyEdit(message, new_content)) return;
    const channel = this.#channelOf(message, channel_uuid);
    const edit = { uuid, content: new_content, previousContent, message, channel };
    this.#enqueue(() => announce("messageEdit", edit, server));
  }

  #applyDeletion({
    message: uuid,
    channel_uuid,
  }: {
    readonly message: number;
    readonly channel_uuid?: number | undefined;
  }) {
    if (!this.#deleted.add(uuid)) return;
    const { cache, server, announce } = this.#context;
    const message = cache.messages.remove(uuid);
    const deletion = { uuid, message, channel: this.#channelOf(message, channel_uuid) };
    this.#enqueue(() => announce("messageDelete", deletion, server));
  }

  #channelOf(message: Message | undefined, uuid: number | undefined) {
    if (message) return message.channel;
    return uuid === undefined ? undefined : this.#context.cache.channels.get(uuid);
  }

  /** Tells now, or after the events that wait; asking for an author begins at once. */
  #enqueue(tell: () => void, ask?: () => Promise<unknown>): void {
    if (this.#waiting.length >= maxWaitingEvents) for (const late of this.#waiting.splice(0)) late.tell();
    if (!ask && this.#waiting.length === 0 && !this.#isEmitting) {
      tell();
      return;
    }
    this.#waiting.push({ tell, until: ask?.() });
    if (!this.#isEmitting) void this.#emitWaiting();
  }

  async #emitWaiting(): Promise<void> {
    this.#isEmitting = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (await next.until) await next.until;
      // It may have been told meanwhile, because too many waited.
      if (this.#waiting[0] === next) this.#waiting.shift()?.tell();
    }
    this.#isEmitting = false;
  }
}

interface EditFields {
  readonly message: number;
  readonly new_content: string;
  readonly channel_uuid?: number | undefined;
}
