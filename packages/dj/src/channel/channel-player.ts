import type { TrackTitleEvent } from "@asterite/andesite/advanced";
import type { Channel } from "@asterite/aster";
import { type Bot, quote, UserError } from "@asterite/commands";
import {
  EntryEndEvent,
  EntryStartEvent,
  ListenerError,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEntry,
  QueueHaltEvent,
  QueuePlayer,
  type QueueSnapshot,
} from "@asterite/queue";
import type { Logger } from "@asterite/util";
import { traceOf } from "../errors.ts";
import type { AudioNodes } from "../nodes/audio-nodes.ts";
import type { DjSettings } from "../options.ts";
import type { PlaylistStore } from "../playlists/playlist-store.ts";
import { ArtworkLink } from "../publishing/artwork-link.ts";
import { buildMusicState, type MusicState } from "../publishing/music-state.ts";
import { RenewedLink } from "../publishing/renewed-link.ts";
import { StatePublisher } from "../publishing/state-publisher.ts";
import { describeFailure } from "./describe-failure.ts";
import { guildIdOf } from "./guild-id.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

/** Dependencies of the channel players and of the commands. */
export interface DjServices {
  readonly nodes: AudioNodes;
  readonly store: SnapshotStore;
  readonly playlists: PlaylistStore;
  readonly bot: Pick<Bot, "send">;
  readonly settings: DjSettings;
  readonly logger: Logger;
}

/** Maximum number of concurrent searches per channel. */
const maxSearches = 8;

/** Music of one channel: its queue player, its saved queue and its published state. */
export class ChannelPlayer {
  readonly channel: Channel;
  readonly player: QueuePlayer;
  readonly #services: DjServices;
  readonly #publisher: StatePublisher;
  readonly #writer: SnapshotWriter;
  readonly #listenLink: RenewedLink;
  readonly #artwork: ArtworkLink;
  readonly #closing = new AbortController();
  readonly #saveTimer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Title that the station of an entry announced last. */
  #title: { readonly entryId: number; readonly text: string } | undefined;
  /** Id of the entry that a reply or announcement has named already. */
  #announcedId = 0;
  #searches = 0;
  #lastSearch: Promise<unknown> = Promise.resolve();

  constructor(channel: Channel, services: DjServices, snapshot?: QueueSnapshot) {
    const { nodes, store, settings, logger } = services;
    const guildId = guildIdOf(channel.uuid);
    this.channel = channel;
    this.#services = services;
    this.player = new QueuePlayer(nodes.queueNode, guildId, {
      snapshot,
      radio: true,
      // Until the node has proved that it supports it: others would cut the current track off.
      gapless: false,
      crossfadeMs: settings.crossfadeMs,
      normalize: settings.normalize,
      maxEntries: settings.maxQueue,
    });
    this.#writer = new SnapshotWriter(store, channel.uuid, this.player, logger);
    this.#publisher = new StatePublisher(channel, settings.publishMs, () => this.#buildState(), logger);
    this.#listenLink = new RenewedLink(
      (...parameters) => nodes.createStreamUrl(...parameters),
      guildId,
      settings.listenSeconds,
      () => this.#listenLinkChanged(),
      logger,
    );
    this.#artwork = new ArtworkLink(nodes, guildId, () => this.#publisher.schedule(), logger);
    this.#subscribe();
    const { signal } = this.#closing;
    nodes.onDisconnect(guildId, () => this.#listenLink.drop(), signal);
    nodes.onConnect(guildId, () => this.#refreshLinks(), signal);
    nodes.onTitle(guildId, (event) => this.#setTitle(event), signal);
    this.#saveTimer = setInterval(() => this.#savePosition(), settings.saveMs);
    this.player.start();
    this.#refreshLinks();
    this.#publisher.schedule();
  }

  /** Whether no entry is playing or queued. */
  get isEmpty(): boolean {
    return !this.player.isBusy && this.player.queue.upcoming.length === 0;
  }

  /** Title that the station announced last, such as `ARTIST - TITLE`; null if no station is playing, or it announced none. */
  get stationTitle(): string | null {
    const { isBusy, queue } = this.player;
    return isBusy && queue.current?.id === this.#title?.entryId ? (this.#title?.text ?? null) : null;
  }

  /** Suppresses the announcement of an entry that a reply has named already. */
  markAnnounced(entry: QueueEntry | null): void {
    if (entry) this.#announcedId = entry.id;
  }

  /**
   * Runs a search and returns its result after all earlier searches have ended, so that tracks are added in
   * the order of the requests. The searches themselves run concurrently.
   *
   * @throws UserError when too many searches are running.
   */
  async searchInOrder<Result>(search: () => Promise<Result>): Promise<Result> {
    if (this.#searches >= maxSearches) {
      throw new UserError("Too many searches are running. Try again in a moment.");
    }
    this.#searches++;
    const earlier = this.#lastSearch;
    const found = search();
    this.#lastSearch = found.catch(() => {});
    try {
      await earlier;
      return await found;
    } finally {
      this.#searches--;
    }
  }

  /** Publishes the state again on a new connection, for which the server has none. */
  republish(): void {
    this.#publisher.republish();
  }

  /**
   * Saves the queue and detaches: the node plays the track to its end, and the next run of the bot resumes.
   */
  async close(): Promise<void> {
    this.#stop();
    this.#publisher.close();
    await this.#writer.close();
    await this.player.close();
  }

  /** Destroys the player and deletes the saved queue, because the channel was deleted. */
  async remove(): Promise<void> {
    this.#stop();
    await this.player.close({ destroy: true });
    this.#publisher.close();
    await this.#writer.remove();
  }

  #buildState(): MusicState | null {
    return this.isEmpty
      ? null
      : buildMusicState(this.player, this.stationTitle, this.#listenLink.url, this.#artwork);
  }

  #setTitle({ play, title }: TrackTitleEvent): void {
    const { current } = this.player.queue;
    // The event can be of a track that was skipped before it arrived.
    if (!current || (play && play.track !== current.track.track)) return;
    this.#title = { entryId: current.id, text: title };
    this.#publisher.schedule();
  }

  /** Requests new links, because the player may be on another node, or the node may have new keys. */
  #refreshLinks(): void {
    const { isBusy, queue } = this.player;
    if (!isBusy) return;
    this.#listenLink.refresh();
    if (queue.current) this.#artwork.refresh(queue.current);
  }

  #stop(): void {
    clearInterval(this.#saveTimer);
    clearTimeout(this.#idleTimer);
    this.#closing.abort();
    this.#listenLink.drop();
    this.#artwork.cancel();
  }

  #subscribe(): void {
    const { settings, logger } = this.#services;
    const { player, channel } = this;
    player.on(QueueChangeEvent, () => this.#changed());
    player.on(EntryStartEvent, ({ entry, isResumed }) => {
      this.#artwork.refresh(entry);
      this.#publisher.trackStarted();
      if (isResumed || !this.#listenLink.isActive) this.#listenLink.refresh();
      if (isResumed || !settings.announce || entry.id === this.#announcedId) return;
      this.#announcedId = entry.id;
      const { title, author } = entry.track;
      this.#announce(`Now playing ${quote(title)} by ${quote(author, 60)}.`);
    });
    player.on(EntryEndEvent, ({ entry: { track }, failure }) => {
      if (!failure) return;
      logger.info({ channel: channel.uuid, title: track.title, ...failure }, "track failed");
      this.#announce(`Couldn't play ${quote(track.title)} (${describeFailure(failure)}) – skipped.`);
    });
    player.on(QueueHaltEvent, ({ failures }) => {
      const { prefix } = settings;
      const text = `The last ${failures} tracks couldn't be played, so playback has stopped.`;
      this.#announce(`${text} \`${prefix}resume\` tries the next one, \`${prefix}stop\` clears the queue.`);
    });
    player.on(NodeErrorEvent, ({ error }) => {
      logger.warn({ channel: channel.uuid, error: String(error) }, "player command failed");
    });
    player.on(ListenerError, ({ error }) => {
      logger.error({ channel: channel.uuid, error: traceOf(error) }, "listener of the queue failed");
    });
  }

  #announce(text: string): void {
    const { bot, logger } = this.#services;
    bot.send(this.channel, text).catch((error: unknown) => {
      logger.warn({ channel: this.channel.uuid, error: String(error) }, "could not send the announcement");
    });
  }

  #changed(): void {
    this.#writer.schedule();
    this.#publisher.schedule();
    clearTimeout(this.#idleTimer);
    if (!this.player.isBusy) {
      this.#idleTimer = setTimeout(() => {
        this.#listenLink.drop();
        this.player.release();
      }, this.#services.settings.idleMs);
    }
  }

  /** Saves and publishes the position, which advances without an event. */
  #savePosition(): void {
    if (!this.player.isBusy || this.player.paused) return;
    this.#writer.schedule();
    this.#publisher.schedule();
  }

  #listenLinkChanged(): void {
    // Only Asterite nodes have listen links, and only they accept the next track while the current one plays.
    this.player.gapless = this.#listenLink.url !== null;
    this.#publisher.schedule();
  }
}
