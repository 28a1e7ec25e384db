import type { Context, GuardResult } from "@asterite/commands";
import { quote, UserError } from "@asterite/commands";
import type { QueueEntry, QueuePlayer, Requester } from "@asterite/queue";
import type { ChannelPlayer, DjServices } from "../channel/channel-player.ts";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { TrackSearch } from "../nodes/track-search.ts";

/** Context of the commands of this bot. */
export type DjContext = Context & { readonly music: ChannelMusic };

/** Music of the channel of a command, for the author of the command. */
export class ChannelMusic {
  readonly #context: Context;
  readonly #players: ChannelPlayers;
  readonly #services: DjServices;

  constructor(context: Context, players: ChannelPlayers, services: DjServices) {
    this.#context = context;
    this.#players = players;
    this.#services = services;
  }

  /** Player of the channel, if it has one. */
  get channelPlayer(): ChannelPlayer | undefined {
    return this.#players.get(this.#context.channel);
  }

  /**
   * Queue player of the channel, which is playing or has queued tracks.
   *
   * @throws UserError if there is none.
   */
  get player(): QueuePlayer {
    return this.#players.requireActive(this.#context.channel).player;
  }

  /** The current entry, if there is one. */
  get current(): readonly QueueEntry[] {
    const current = this.channelPlayer?.player.queue.current;
    return current ? [current] : [];
  }

  /** Entries after the current one. */
  get upcoming(): readonly QueueEntry[] {
    return this.channelPlayer?.player.queue.upcoming ?? [];
  }

  /** The current and the upcoming entries. */
  get entries(): readonly QueueEntry[] {
    return [...this.current, ...this.upcoming];
  }

  /** Author of the command, as the requester of tracks. */
  get requester(): Requester {
    const { uuid, username } = this.#context.author;
    return { id: String(uuid), name: username };
  }

  /**
   * Returns the player of the channel; creates it if there is none.
   *
   * @throws UserError if the channel was deleted after the message.
   */
  getOrCreatePlayer(): ChannelPlayer {
    const { server, channel } = this.#context;
    const existing = server.getChannel(channel.uuid);
    if (!existing) throw new UserError("This channel no longer exists.");
    return this.#players.getOrCreate(existing);
  }

  /** Suppresses the announcement of an entry that the reply names, unless only the author receives the reply. */
  markAnnounced(entry: QueueEntry | null): void {
    if (!this.#context.isPrivate) this.channelPlayer?.markAnnounced(entry);
  }

  /** Runs a search or load on the nodes, while the bot shows that it is typing. */
  searchTracks<Result>(run: (search: TrackSearch) => Promise<Result>): Promise<Result> {
    const { nodes, settings } = this.#services;
    const search = new TrackSearch(nodes, settings, this.#context.signal);
    return this.#context.withTyping(() => run(search));
  }

  /** Loads the lyrics in a track's tags; undefined if there are none. */
  async findLyrics({ track }: QueueEntry): Promise<string | undefined> {
    const { nodes, settings } = this.#services;
    const deadline = AbortSignal.any([this.#context.signal, AbortSignal.timeout(settings.loadTimeoutMs)]);
    const identifier = `raw:${track.uri ?? track.identifier}`;
    const loaded = await this.#context.withTyping(() => nodes.load(identifier, deadline));
    return loaded.tracks?.[0]?.info.lyrics ?? undefined;
  }

  /**
   * Returns whether the author may run a command, by the option `control`.
   *
   * @param affected - Existing entries that the command changes; none if it only adds some.
   */
  checkAccess(affected: readonly QueueEntry[] = []): GuardResult {
    const { control } = this.#services.settings;
    if (control === "everyone" || this.#context.permissionsIn().allows("manage_messages")) return true;
    if (control === "requester") {
      const others = affected.filter(({ requester }) => requester.id !== this.requester.id);
      if (others.length === 0) return true;
      const names = [...new Set(others.map(({ requester }) => requester.name))].slice(0, 3);
      const list = names.map((name) => quote(name, 32)).join(", ");
      return `That would affect tracks requested by ${list}. Only the requester can change a track here.`;
    }
    const group = control.slice("group:".length);
    return (
      this.#context.isInGroup(group) || `Only members of ${quote(group, 64)} can control the music here.`
    );
  }
}
