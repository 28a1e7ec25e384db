import { type Message as MessageData, type Packet, Status } from "@asterite/aster-protocol";
import type { Cache } from "../cache/cache.ts";
import type { ChannelProgress } from "../cache/channel-progress.ts";
import type { Debug } from "../debug.ts";
import { AsterError, CommandError } from "../errors.ts";
import type { Command } from "../session/command.ts";
import type { LogPosition } from "../session/login.ts";
import type { EventSequencer } from "./event-sequencer.ts";

/** Collaborators and limits of a {@link CatchUp}. */
interface CatchUpContext {
  readonly sequencer: EventSequencer;
  readonly cache: Cache;
  readonly command: Command;
  /** Maximum number of messages to replay per channel. */
  readonly maxMessages: number;
  /** Reports that some events could not be fetched. */
  readonly report: (error: AsterError) => void;
  readonly debug?: Debug | undefined;
}

const messagesPerPage = 100;
const eventsPerPage = 500;
/**
 * Messages recorded per channel at the start. More than one, in case the newest is deleted before the
 * catch-up.
 */
const messagesAtStart = 10;
/** Largest backward step of a server's clock that is tolerated between two messages, in seconds. */
const maxClockStepSeconds = 300;
/** Maximum number of times that paging through one channel starts over. */
const maxRestarts = 3;
/** Channels paged concurrently. */
const maxConcurrentChannels = 8;

/** Fetches the events that were missed while the connection was lost. */
export class CatchUp {
  readonly #context: CatchUpContext;

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  /** Records the newest messages of each channel, for a later catch-up on a server without event sequence. */
  async recordPositions(): Promise<void> {
    const { sequencer, cache } = this.#context;
    await forEachConcurrently([...cache.channels.keys()], async (channel) => {
      const page = await this.#fetchPage(channel, messagesAtStart, undefined);
      if (!page) return;
      const progress = sequencer.progress.getOrCreate(channel);
      for (const message of page) progress.add(message);
    });
  }

  /**
   * Passes all missed events to the sequencer: by the event sequence if the server still has all of them,
   * else by paging through the history.
   *
   * @param start - Current position in the server's event sequence; undefined if it has none.
   * @param lostAtSeconds - Unix time at which the connection was lost, for channels without recorded
   *   progress.
   */
  async run(start: LogPosition | undefined, lostAtSeconds: number): Promise<void> {
    const { sequencer, maxMessages, debug } = this.#context;
    const cursor = start && this.#lastSharedEvent(start);
    debug?.("catch-up", "started", {
      from: sequencer.cursor,
      sharedCursor: cursor,
      to: start?.cursor,
      lostAtSeconds,
    });
    if (cursor !== undefined) {
      if (sequencer.isOtherEpoch(start?.epoch)) sequencer.restartAt({ cursor, epoch: start?.epoch });
      else sequencer.epoch = start?.epoch;
      if (await this.#replayByCursor()) return;
    }
    debug?.("catch-up", "history-chosen", { maxMessages });
    if (maxMessages > 0) await this.#replayByHistory(lostAtSeconds);
    sequencer.restartAt({ cursor: start?.cursor, epoch: start?.epoch });
  }

  /**
   * Returns the last processed event that the server still has under the same number. Undefined if the events
   * processed so far are unknown to the server.
   */
  #lastSharedEvent({ cursor, epoch, forks }: LogPosition): number | undefined {
    const { sequencer } = this.#context;
    if (sequencer.cursor === undefined) return undefined;
    if (!sequencer.isOtherEpoch(epoch)) return cursor >= sequencer.cursor ? sequencer.cursor : undefined;
    const fork = forks.find((fork) => fork.epoch === sequencer.epoch);
    return fork && Math.min(sequencer.cursor, fork.cursor);
  }

  /** Replays the event sequence. Returns false if the server no longer has all of the events. */
  async #replayByCursor(): Promise<boolean> {
    const { sequencer, command, debug } = this.#context;
    try {
      for (;;) {
        const from = sequencer.cursor ?? 0;
        const { epoch } = sequencer;
        const fields = { cursor: from, limit: eventsPerPage, epoch };
        const { events, cursor, more } = await command("events_after", fields);
        for (const event of events) sequencer.replayPacket({ ...event, status: Status.Ok } as Packet);
        sequencer.cursor = Math.max(cursor, sequencer.cursor ?? 0);
        debug?.("catch-up", "events-replayed", { from, cursor, count: events.length, more });
        if (!more) return true;
        if (sequencer.cursor <= from) {
          throw new AsterError(
            "PROTOCOL_VIOLATION",
            "events_after returned more events but no higher cursor",
          );
        }
      }
    } catch (error) {
      if (error instanceof CommandError && error.status !== Status.Internal) return false;
      throw error;
    }
  }

  async #replayByHistory(lostAtSeconds: number): Promise<void> {
    const { sequencer, cache } = this.#context;
    const missed: MessageData[][] = [];
    const channels = new Set([...cache.channels.keys(), ...sequencer.progress.channels]);
    await forEachConcurrently([...channels], async (channel) => {
      const found = await this.#fetchMissed(channel, sequencer.progress.get(channel), lostAtSeconds);
      this.#context.debug?.("catch-up", "history-read", { channel, count: found.length });
      missed.push(found);
    });
    // The sort is stable and dates within a channel do not decrease, so the order in each channel is kept.
    for (const message of missed.flat().sort((one, other) => one.date - other.date)) {
      sequencer.replayMessage(message);
    }
  }

  /** Returns the messages of a channel that are newer than its progress, oldest first. */
  async #fetchMissed(
    channel: number,
    progress: ChannelProgress | undefined,
    lostAtSeconds: number,
  ): Promise<MessageData[]> {
    const since = progress ? progress.lastDate : lostAtSeconds;
    const missed = new Map<number, MessageData>();
    let restarts = 0;
    for (let before: number | undefined; ; ) {
      const page = await this.#fetchPage(channel, messagesPerPage, before);
      if (!page) {
        if (before === undefined || ++restarts > maxRestarts) break;
        // The message at the page boundary was deleted. Start over; newer messages also arrive as pushes.
        before = undefined;
        missed.clear();
        continue;
      }
      const sizeBefore = missed.size;
      for (const message of page.toReversed()) {
        if (progress?.has(message.uuid)) return [...missed.values()].reverse();
        if (since !== undefined && message.date < since - (progress ? maxClockStepSeconds : 0)) {
          return [...missed.values()].filter(({ date }) => date >= since).reverse();
        }
        missed.set(message.uuid, message);
        if (missed.size > this.#context.maxMessages) return this.#truncate(channel, missed);
      }
      // No new message: the beginning of the channel, or a server that repeats the same page.
      if (missed.size === sizeBefore) break;
      before = page[0]?.uuid;
    }
    return [...missed.values()].filter(({ date }) => since === undefined || date >= since).reverse();
  }

  #truncate(channel: number, missed: ReadonlyMap<number, MessageData>): MessageData[] {
    const { maxMessages, report } = this.#context;
    const text = `more than ${maxMessages} messages were missed in channel ${channel}; the oldest are skipped`;
    report(new AsterError("EVENTS_MISSED", text));
    return [...missed.values()].slice(0, maxMessages).reverse();
  }

  /**
   * Returns a page of history, oldest first; undefined if the account cannot read the channel, or if the
   * message `before` no longer exists.
   */
  async #fetchPage(
    channel: number,
    num: number,
    before: number | undefined,
  ): Promise<MessageData[] | undefined> {
    try {
      return (await this.#context.command("history", { channel, num, before_message: before })).data;
    } catch (error) {
      if (error instanceof CommandError && error.status !== Status.Internal) return undefined;
      throw error;
    }
  }
}

/** Runs a task for each item, for a limited number of them at a time. */
async function forEachConcurrently<Item>(
  items: readonly Item[],
  task: (item: Item) => Promise<void>,
): Promise<void> {
  // All workers take their next item from the same iterator.
  const remaining = items.values();
  const work = async (): Promise<void> => {
    for (const item of remaining) await task(item);
  };
  await Promise.all(Array.from({ length: maxConcurrentChannels }, work));
}
