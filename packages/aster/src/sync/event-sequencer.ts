import { checkPush, type Packet, type PushFields, Status } from "@asterite/aster-protocol";
import type { Cache } from "../cache/cache.ts";
import { ChannelProgressMap } from "../cache/channel-progress.ts";
import { RecentSet } from "../cache/recent-set.ts";
import type { EventSink } from "../emitter.ts";
import { AsterError } from "../errors.ts";
import type { ServerEventMap } from "../events.ts";
import {
  applyEdit,
  type Channel,
  type ChannelServer,
  type Message,
  type MessageData,
} from "../models/channel.ts";

/** Collaborators of an {@link EventSequencer}. */
interface EventSequencerContext {
  readonly server: ChannelServer;
  readonly cache: Cache;
  readonly emitter: EventSink<ServerEventMap>;
  /** Called with every new message before its event is emitted. */
  readonly onMessage: (message: Message) => void;
  /** Drops the connection because of a protocol violation. */
  readonly drop: (error: AsterError) => void;
}

/** Maximum number of events that wait for their author; above it they are emitted with a placeholder user. */
const maxWaitingEvents = 1000;
/** Maximum number of concurrent author fetches. More unknown authors than this indicate a hostile server. */
const maxAuthorFetches = 32;
/** Sequence numbers remembered, by which an event that is sent twice is processed once. */
const maxSeenSequenceNumbers = 4096;
/** Limits of the packets that are held back during a catch-up. */
const maxHeldPackets = 10_000;
const maxHeldCharacters = 64 * 1024 * 1024;

const timelineCommands = new Set(["content", "message_edited", "message_deleted"]);

const seqOf = ({ seq }: Packet): number | undefined =>
  typeof seq === "number" && Number.isSafeInteger(seq) ? seq : undefined;

/**
 * Emits the events of messages in order and exactly once. After a reconnection, the missed events are emitted
 * first; pushes that arrive during the catch-up are held back until it is complete.
 */
export class EventSequencer {
  /** Progress of each channel. */
  readonly progress = new ChannelProgressMap();
  /** Highest sequence number processed; undefined on a server without the extension `cursor`. */
  cursor: number | undefined;
  /** Epoch of the numbers; undefined on a server that announces none. */
  epoch: string | undefined;
  readonly #context: EventSequencerContext;
  readonly #seenSequenceNumbers = new RecentSet(maxSeenSequenceNumbers);
  readonly #deleted = new RecentSet(1000);
  #held: Packet[] | undefined;
  /** Messages replayed from the history since {@link pause}; pushes of them may be among those held back. */
  readonly #replayed = new Set<number>();
  #heldCharacters = 0;
  /** Events in order of arrival; the first waits for its author. */
  #waiting: { readonly emit: () => void; readonly until: Promise<unknown> | undefined }[] = [];
  #isEmitting = false;
  #authorFetches = 0;

  constructor(context: EventSequencerContext) {
    this.#context = context;
  }

  /** Returns whether numbers of an epoch may denote other events than those processed. */
  isOtherEpoch(epoch: string | undefined): boolean {
    return this.epoch !== undefined && epoch !== undefined && this.epoch !== epoch;
  }

  /** Holds back all pushes until {@link resume}. Pushes held back for an earlier connection are discarded. */
  pause(): void {
    this.#held = [];
    this.#heldCharacters = 0;
    this.#replayed.clear();
  }

  /**
   * Processes the pushes held back, and returns to live processing. Pushes up to the cursor that the catch-up
   * reached are void: the catch-up replayed the state after all of them, which an earlier push would undo.
   */
  resume(): void {
    const held = this.#held ?? [];
    const reached = this.cursor ?? Number.NEGATIVE_INFINITY;
    this.#held = undefined;
    for (const packet of held) {
      const isVoid = (seqOf(packet) ?? Number.POSITIVE_INFINITY) <= reached;
      const isReplayed = packet.command === "content" && this.#replayed.has(Number(packet["uuid"]));
      if (!isVoid && !isReplayed) this.#applyPacket(packet);
    }
    this.#replayed.clear();
  }

  /**
   * Continues at a position of the event sequence that does not follow from the events processed before, for
   * example after the server was restored from a backup: sequence numbers may come a second time.
   */
  restartAt({ cursor, epoch }: { cursor: number | undefined; epoch: string | undefined }): void {
    this.cursor = cursor;
    this.epoch = epoch;
    this.#seenSequenceNumbers.clear();
    this.#deleted.clear();
  }

  /** Returns to live processing, for a session that continues nothing. */
  reset(): void {
    this.#held = undefined;
    this.#replayed.clear();
    this.restartAt({ cursor: undefined, epoch: undefined });
  }

  /** Resolves when all events processed so far are emitted, including those that wait for their author. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#enqueue(resolve));
  }

  /** Processes a packet of the connection, or holds it back. `characters` is the length of its text. */
  handlePacket(packet: Packet, characters: number): void {
    if (packet.status !== Status.Ok) return;
    const isEvent = timelineCommands.has(packet.command);
    if (!this.#held) {
      if (isEvent || seqOf(packet) !== undefined) this.#applyPacket(packet);
    } else if (isEvent) {
      this.#heldCharacters += characters;
      if (this.#held.push(packet) > maxHeldPackets || this.#heldCharacters > maxHeldCharacters) {
        this.pause();
        this.#context.drop(new AsterError("PROTOCOL_VIOLATION", "too many pushes during the catch-up"));
      }
    }
  }

  /** Processes a missed packet. */
  replayPacket(packet: Packet): void {
    if (timelineCommands.has(packet.command)) this.#applyPacket(packet);
  }

  /** Processes a missed message. */
  replayMessage(data: MessageData): void {
    if (this.#held) this.#replayed.add(data.uuid);
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
    const { cache, emitter, onMessage } = this.#context;
    const mustFetchAuthor = cache.users.isUnknown(data.author_uuid) && this.#authorFetches < maxAuthorFetches;
    const message = cache.upsertMessage(data, "event");
    onMessage(message);
    this.#enqueue(
      () => emitter.emit("message", message),
      mustFetchAuthor ? this.#fetchAuthor(data.author_uuid) : undefined,
    );
  }

  /** Loads an account into the cache. Never rejects. */
  async #fetchAuthor(author: number): Promise<void> {
    this.#authorFetches++;
    await this.#context.server.fetchUser(author).catch(() => {});
    this.#authorFetches--;
  }

  #applyEdit({ message: uuid, new_content: content, channel_uuid }: PushFields<"message_edited">): void {
    const { cache, server, emitter } = this.#context;
    const message = cache.messages.get(uuid);
    const previousContent = message?.content;
    // A repeated edit is not an event.
    if (message && !applyEdit(message, content)) return;
    const edit = { uuid, content, previousContent, message, channel: this.#channelOf(message, channel_uuid) };
    this.#enqueue(() => emitter.emit("messageEdit", edit, server));
  }

  #applyDeletion({ message: uuid, channel_uuid }: PushFields<"message_deleted">): void {
    if (!this.#deleted.add(uuid)) return;
    const { cache, server, emitter } = this.#context;
    const message = cache.messages.remove(uuid);
    const deletion = { uuid, message, channel: this.#channelOf(message, channel_uuid) };
    this.#enqueue(() => emitter.emit("messageDelete", deletion, server));
  }

  #channelOf(message: Message | undefined, uuid: number | undefined): Channel | undefined {
    if (message) return message.channel;
    return uuid === undefined ? undefined : this.#context.cache.channels.get(uuid);
  }

  /**
   * Emits an event after the waiting ones and after `until`; synchronously if none wait and `until` is
   * absent.
   */
  #enqueue(emit: () => void, until?: Promise<unknown>): void {
    if (this.#waiting.length >= maxWaitingEvents) for (const late of this.#waiting.splice(0)) late.emit();
    if (!until && this.#waiting.length === 0 && !this.#isEmitting) {
      emit();
      return;
    }
    this.#waiting.push({ emit, until });
    if (!this.#isEmitting) void this.#emitWaiting();
  }

  async #emitWaiting(): Promise<void> {
    this.#isEmitting = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      await next.until;
      // An overflow may have emitted it in the meantime.
      if (this.#waiting[0] === next) this.#waiting.shift()?.emit();
    }
    this.#isEmitting = false;
  }
}
