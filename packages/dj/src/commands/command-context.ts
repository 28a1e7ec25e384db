import type { Message } from "@asterite/aster";
import type { QueueEntry, Requester } from "@asterite/queue";
import type { ChannelPlayer, DjServices } from "../channel/channel-player.ts";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { UserError } from "../errors.ts";
import { findTracks, type TrackSearchResult } from "../nodes/track-search.ts";
import type { DjSettings } from "../options.ts";

/** Context of one command: the message, and access to the channel's player and to the nodes. */
export class CommandContext {
  readonly message: Message;
  /** Text after the command name, trimmed. */
  readonly argument: string;
  /** Player of the channel, if it has one. */
  readonly channelPlayer: ChannelPlayer | undefined;
  readonly #players: ChannelPlayers;
  readonly #services: DjServices;
  readonly #signal: AbortSignal;

  /** @param signal - Aborts searches. */
  constructor(
    message: Message,
    argument: string,
    players: ChannelPlayers,
    services: DjServices,
    signal: AbortSignal,
  ) {
    this.message = message;
    this.argument = argument;
    this.channelPlayer = players.get(message.channel);
    this.#players = players;
    this.#services = services;
    this.#signal = signal;
  }

  get settings(): DjSettings {
    return this.#services.settings;
  }

  /** Author of the message, as the requester of tracks. */
  get requester(): Requester {
    const { author } = this.message;
    return { id: String(author.uuid), name: author.username };
  }

  /**
   * Returns the player of the channel; creates it if there is none.
   *
   * @throws UserError if the channel was deleted after the message.
   */
  getOrCreatePlayer(): ChannelPlayer {
    const { server, uuid } = this.message.channel;
    const channel = server.getChannel(uuid);
    if (!channel) throw new UserError("This channel no longer exists.");
    return this.#players.getOrCreate(channel);
  }

  /**
   * Returns the player of the channel, which is playing or has queued tracks.
   *
   * @throws UserError if there is none.
   */
  requirePlayer(): ChannelPlayer {
    if (this.channelPlayer && !this.channelPlayer.isEmpty) return this.channelPlayer;
    throw new UserError(
      `Nothing is playing. Use \`${this.settings.prefix}play\` with a name or URL to start.`,
    );
  }

  /** Finds the tracks for a query; see {@link findTracks}. */
  findTracks(query: string): Promise<TrackSearchResult> {
    return findTracks(query, this.#services.nodes, this.settings, this.#signal);
  }

  /** Loads the lyrics in a track's tags; undefined if there are none. */
  async findLyrics({ track }: QueueEntry): Promise<string | undefined> {
    const { nodes, settings } = this.#services;
    const deadline = AbortSignal.any([this.#signal, AbortSignal.timeout(settings.loadTimeoutMs)]);
    const loaded = await nodes.load(`raw:${track.uri ?? track.identifier}`, deadline);
    return loaded.tracks?.[0]?.info.lyrics ?? undefined;
  }
}
