import { type Message as MessageData, type Packet, Status } from "@asterite/aster-protocol";
import type { ChannelProgress } from "../cache/channel-progress.ts";
import { AsterError, CommandError } from "../errors.ts";
import type { Command } from "../session/command.ts";
import type { EventSequencer } from "./event-sequencer.ts";

/** What a {@link CatchUp} works with. */
interface CatchUpContext {
  readonly sequencer: EventSequencer;
  readonly command: Command;
  /** Channels that the account sees. */
  readonly channels: () => Iterable<number>;
  /** Most messages of one channel. */
  readonly limit: number;
  /** Tells that some events could not be fetched. */
  readonly report: (error: AsterError) => void;
}

const pageSize = 100;
const eventsPerPage = 500;
/** Messages of each channel that are remembered at the start, so that a deletion does not hide the place. */
const messagesAtStart = 10;
/** How far a server's clock may have been set back between two messages, in seconds. */
const maxClockStepSeconds = 300;
/** How often the walk through one channel begins anew. */
const maxRestarts = 3;
/** Channels that are asked about at the same time. */
const maxConcurrentChannels = 8;

/** Fetches what happened while the connection was away. */
export class CatchUp {
  readonly #context: CatchUpContext;

  constructor(context: CatchUpContext) {
    this.#context = context;
  }

  /** Remembers where the channels stand, on a server without a sequence of events. */
  async recordPositions(): Promise<void> {
    const { sequencer: inbox, channels } = this.#context;
    await eachOf([...channels()], async (channel) => {
      const page = await this.#fetchPage(channel, messagesAtStart, undefined);
      if (!page) return;
      const trail = inbox.progress.getOrCreate(channel);
      for (const message of page) trail.add(message);
    });
  }

  /**
   * Hands everything missed to the inbox.
   *
   * @param startCursor - Where the server's sequence stands now; undefined if it has none.
   * @param lostAtSeconds - When the connection was lost, for channels that were not known then.
   */
  async run(startCursor: number | undefined, lostAtSeconds: number): Promise<void> {
    const { sequencer: inbox } = this.#context;
    if (startCursor !== undefined && inbox.cursor !== undefined && startCursor >= inbox.cursor) {
      if (await this.#replayByCursor()) return;
    }
    if (this.#context.limit > 0) await this.#replayByHistory(lostAtSeconds);
    inbox.cursor = startCursor;
  }

  /** Says whether the server still had everything. */
  async #replayByCursor(): Promise<boolean> {
    const { sequencer: inbox, command } = this.#context;
    try {
      for (;;) {
        const from = inbox.cursor ?? 0;
        const { events, cursor, more } = await command("events_after", {
          cursor: from,
          limit: eventsPerPage,
        });
        for (const event of events) inbox.replayPacket({ ...event, status: Status.Ok } as Packet);
        inbox.cursor = Math.max(cursor, inbox.cursor ?? 0);
        if (!more) return true;
        if (inbox.cursor <= from) {
          throw new AsterError("PROTOCOL_VIOLATION", "the sequence of events does not go on");
        }
      }
    } catch (error) {
      if (error instanceof CommandError && error.status !== Status.Internal) return false;
      throw error;
    }
  }

  async #replayByHistory(lostAtSeconds: number): Promise<void> {
    const { sequencer: inbox, channels } = this.#context;
    const missed: MessageData[][] = [];
    await eachOf([...new Set([...channels(), ...inbox.progress.channels])], async (channel) => {
      missed.push(await this.#fetchMissed(channel, inbox.progress.get(channel), lostAtSeconds));
    });
    // The order within a channel is kept by the sort, because it is stable and dates do not go back there.
    for (const message of missed.flat().sort((one, other) => one.date - other.date)) {
      inbox.replayMessage(message);
    }
  }

  /** Messages of one channel that are not on its trail, oldest first. */
  async #fetchMissed(
    channel: number,
    trail: ChannelProgress | undefined,
    lostAtSeconds: number,
  ): Promise<MessageData[]> {
    const since = trail ? trail.lastDate : lostAtSeconds;
    const missed = new Map<number, MessageData>();
    let restarts = 0;
    for (let before: number | undefined; ; ) {
      const page = await this.#fetchPage(channel, pageSize, before);
      if (!page) {
        if (before === undefined || ++restarts > maxRestarts) break;
        // The message that marked the place was deleted meanwhile. What is new by now comes as a push too.
        before = undefined;
        missed.clear();
        continue;
      }
      const sizeBefore = missed.size;
      for (const message of page.toReversed()) {
        if (trail?.has(message.uuid)) return [...missed.values()].reverse();
        if (since !== undefined && message.date < since - (trail ? maxClockStepSeconds : 0)) {
          return [...missed.values()].filter(({ date }) => date >= since).reverse();
        }
        missed.set(message.uuid, message);
        if (missed.size > this.#context.limit) return this.#truncate(channel, missed);
      }
      // Also ends with a server that gives the same page again and again.
      if (missed.size === sizeBefore) break;
      before = page[0]?.uuid;
    }
    return [...missed.values()].filter(({ date }) => since === undefined || date >= since).reverse();
  }

  #truncate(channel: number, missed: ReadonlyMap<number, MessageData>): MessageData[] {
    const { limit, report } = this.#context;
    const text = `more than ${limit} messages were missed in channel ${channel}; the oldest are left out`;
    report(new AsterError("EVENTS_MISSED", text));
    return [...missed.values()].slice(0, limit).reverse();
  }

  /** A page of messages, oldest first; undefined where the account may not read, or the place is gone. */
  async #fetchPage(
    channel: number,
    num: number,
    before: number | undefined,
  ): Promise<MessageData[] | undefined> {
    const bound = before === undefined ? {} : { before_message: before };
    try {
      return (await this.#context.command("history", { channel, num, ...bound })).data;
    } catch (error) {
      if (error instanceof CommandError && error.status !== Status.Internal) return undefined;
      throw error;
    }
  }
}

/** Runs a task for each of many, a few at a time. */
async function eachOf<Item>(items: readonly Item[], task: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await task(item);
  };
  await Promise.all(Array.from({ length: maxConcurrentChannels }, work));
}
