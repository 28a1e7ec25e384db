import { HTTPError, PoolEmptyError } from "@asterite/andesite";
import type { Channel, Message, Server } from "@asterite/aster";
import { type QueueEntry, QueueError } from "@asterite/queue";
import { KeyedRateLimiter } from "@asterite/util";
import type { DjServices } from "./channel/channel-player.ts";
import type { ChannelPlayers } from "./channel/channel-players.ts";
import { checkAccess, isMember } from "./commands/access-control.ts";
import { type Call, findCommand, guessCommand } from "./commands/index.ts";
import { UserError } from "./errors.ts";
import { findTracks } from "./nodes/track-search.ts";

/** A command that reaches the bot later than this after others of its time is not carried out any more, in ms. */
const tooOldMs = 60_000;
/** How often one person is told to slow down. */
const scolding = { burst: 1, everyMs: 30_000 };

/** Reads the chat and does what it is asked to. */
export class Bot {
  readonly #server: Server;
  readonly #rooms: ChannelPlayers;
  readonly #services: DjServices;
  readonly #signal: AbortSignal;
  readonly #people: KeyedRateLimiter<number>;
  readonly #scolded = new KeyedRateLimiter<number>(scolding);
  /** How far the server's clock is ahead of ours, at least, in ms. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  /** @param signal - Ends what is under way. */
  constructor(server: Server, rooms: ChannelPlayers, services: DjServices, signal: AbortSignal) {
    this.#server = server;
    this.#rooms = rooms;
    this.#services = services;
    this.#signal = signal;
    this.#people = new KeyedRateLimiter(services.settings.personRate);
  }

  /** Takes a message; whatever it is, nobody waits for it and nothing is thrown. */
  take(message: Message): void {
    const { settings, speaker } = this.#services;
    const { author, channel, content } = message;
    const isOld = this.#isOld(message);
    if (author.uuid === this.#server.selfUuid || !content.startsWith(settings.prefix) || isOld) return;
    if (isMember(author, channel, settings.ignoredGroup)) return;
    const [, word = "", argument = ""] =
      /^(\S+)\s*([\s\S]*)$/.exec(content.slice(settings.prefix.length)) ?? [];
    const name = word.toLowerCase();
    const command = findCommand(name);
    const guess = command ? undefined : guessCommand(name);
    // Probably meant for another bot.
    if (!command && !guess) return;
    if (!this.#people.tryUse(author.uuid)) {
      if (this.#scolded.tryUse(author.uuid))
        speaker.reply(message, "Not so fast, please: I did not do that.");
      return;
    }
    if (!command) {
      speaker.reply(message, `Did you mean \`${settings.prefix}${guess?.name}\`?`);
      return;
    }
    void this.#run(command.name, this.#call(message, argument.trim()));
  }

  async #run(name: string, call: Call): Promise<void> {
    const { settings, speaker, logger } = this.#services;
    const { message } = call;
    const { author, channel } = message;
    try {
      const command = findCommand(name);
      if (!command) return;
      checkAccess(settings.control, author, channel, command.affects(call));
      const answer = await command.run(call);
      logger.debug({ channel: channel.uuid, author: author.uuid, command: name }, "command");
      speaker.reply(message, answer);
    } catch (error) {
      if (this.#signal.aborted) return;
      const answer = kindly(error, settings.prefix);
      if (answer === null) {
        const trace = error instanceof Error ? error.stack : String(error);
        logger.error({ channel: channel.uuid, command: name, error: trace }, "a command failed");
      } else if (!(error instanceof UserError)) {
        logger.info({ channel: channel.uuid, command: name, error: String(error) }, "a command was refused");
      }
      speaker.reply(message, answer ?? "Something went wrong on my side. It is noted, sorry.");
    }
  }

  #call(message: Message, argument: string): Call {
    const { channel } = message;
    const { nodes, settings } = this.#services;
    return {
      message,
      argument,
      settings,
      room: this.#rooms.get(channel),
      open: () => this.#rooms.getOrCreate(this.#known(channel)),
      find: (typed) => findTracks(typed, nodes, settings, this.#signal),
      findLyrics: (entry) => this.#findLyrics(entry),
    };
  }

  /** A channel may have gone since the message was sent; no room is opened for it then. */
  #known(channel: Channel): Channel {
    const known = this.#server.getChannel(channel.uuid);
    if (!known) throw new UserError("This channel is gone.");
    return known;
  }

  async #findLyrics({ track }: QueueEntry): Promise<string | null> {
    const { nodes, settings } = this.#services;
    const deadline = AbortSignal.any([this.#signal, AbortSignal.timeout(settings.loadTimeoutMs)]);
    const loaded = await nodes.load(`raw:${track.uri ?? track.identifier}`, deadline);
    return loaded.tracks?.[0]?.info.lyrics ?? null;
  }

  /** After an absence the messages of that time are told; nobody waits for what was asked long ago. */
  #isOld({ date }: Message): boolean {
    const aheadMs = 1_000 * date - Date.now();
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
    return aheadMs < this.#aheadMs - tooOldMs;
  }
}

/** What to say about an error; null for one that nobody expected. */
function kindly(error: unknown, prefix: string): string | null {
  if (error instanceof UserError) return error.message;
  if (error instanceof QueueError) {
    const help = `\`${prefix}help\` shows what there is.`;
    const answers: Readonly<Record<string, string>> = {
      QUEUE_FULL: "The queue is full. Try again when some of it has been played.",
      NO_SUCH_ENTRY: `There is no such track in the queue. \`${prefix}queue\` shows the numbers.`,
      NOT_PLAYING: `Nothing is playing. ${help}`,
      NOT_SEEKABLE: "This is a live stream, which can only be heard as it comes.",
    };
    return answers[error.code] ?? null;
  }
  if (error instanceof HTTPError) {
    return error.code === 401 || error.code === 403
      ? "The audio node does not let me in. Whoever runs me has to look at its password."
      : "The audio node does not want to do that.";
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "The audio node takes too long to answer. Try again in a moment.";
  }
  if (error instanceof PoolEmptyError) {
    return "There is no audio node at the moment. I keep looking; what was queued is not lost.";
  }
  // What fetch reports.
  if (error instanceof TypeError && error.cause !== undefined) {
    return "The audio node cannot be reached at the moment. I keep trying; what was queued is not lost.";
  }
  return null;
}
