import type { Channel } from "@asterite/aster";
import {
  EntryEndEvent,
  EntryStartEvent,
  NodeErrorEvent,
  QueueChangeEvent,
  type QueueEntry,
  QueueHaltEvent,
  QueuePlayer,
  type QueueSnapshot,
} from "@asterite/queue";
import type { Logger } from "@asterite/util";
import { UserError } from "../errors.ts";
import type { AudioNodes } from "../nodes/audio-nodes.ts";
import type { DjSettings } from "../options.ts";
import { ArtworkLink } from "../publishing/artwork-link.ts";
import { ListenLink } from "../publishing/listen-link.ts";
import { musicState } from "../publishing/music-state.ts";
import { StatePublisher } from "../publishing/publisher.ts";
import { quoted } from "../sanitize.ts";
import { guildIdOf } from "./guild-id.ts";
import type { ReplySender } from "./reply-sender.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

/** What rooms work with. */
export interface DjServices {
  readonly nodes: AudioNodes;
  readonly store: SnapshotStore;
  readonly speaker: ReplySender;
  readonly settings: DjSettings;
  readonly logger: Logger;
}

/** Most things that are looked for at the same time for one room. */
const mostSearches = 8;

/** The music of one channel. */
export class ChannelPlayer {
  readonly channel: Channel;
  readonly player: QueuePlayer;
  readonly #services: DjServices;
  readonly #publisher: StatePublisher;
  readonly #saver: SnapshotWriter;
  readonly #link: ListenLink;
  readonly #artwork: ArtworkLink;
  readonly #closing = new AbortController();
  readonly #ticking: NodeJS.Timeout;
  #idle: NodeJS.Timeout | undefined;
  /** The entry that people in the channel know of already. */
  #toldId = 0;
  #searches = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(channel: Channel, services: DjServices, snapshot?: QueueSnapshot) {
    const { nodes, store, settings, logger } = services;
    const guildId = guildIdOf(channel.uuid);
    this.channel = channel;
    this.#services = services;
    this.player = new QueuePlayer(nodes.player, guildId, {
      snapshot,
      radio: true,
      crossfadeMs: settings.crossfadeMs,
      normalize: settings.normalize,
      maxEntries: settings.maxQueue,
    });
    this.#saver = new SnapshotWriter(store, channel.uuid, () => this.player.toSnapshot(), logger);
    this.#publisher = new StatePublisher(channel, settings.publishMs, () => this.#state, logger);
    this.#link = new ListenLink(
      (signal) => nodes.listen(guildId, settings.listenSeconds, signal),
      () => this.#linkChanged(),
      logger,
    );
    this.#artwork = new ArtworkLink(
      (identifier, signal) => nodes.artwork(guildId, identifier, signal),
      (path) => nodes.placeOf(guildId, path),
      () => this.#publisher.touch(),
      logger,
    );
    this.#follow();
    nodes.watch(guildId, {
      lost: () => this.#link.drop(),
      back: () => this.#renew(),
      signal: this.#closing.signal,
    });
    this.#ticking = setInterval(() => this.#tick(), settings.saveMs);
    this.player.start();
    this.#renew();
    this.#publisher.touch();
  }

  /** Whether anything plays or waits. */
  get isEmpty(): boolean {
    return !this.player.isBusy && this.player.queue.upcoming.length === 0;
  }

  /** Notes that people know that an entry plays, so that it is not announced. */
  markAnnounced(entry: QueueEntry | null): void {
    if (entry) this.#toldId = entry.id;
  }

  /**
   * Waits for something that is being looked for, and for its turn: what was asked for first is added first,
   * however long it takes.
   *
   * @throws Hint when too much is being looked for already.
   */
  async serialize<Result>(search: () => Promise<Result>): Promise<Result> {
    if (this.#searches >= mostSearches)
      throw new UserError("I am still looking for other things; try again soon.");
    this.#searches++;
    const before = this.#turn;
    const found = search();
    this.#turn = found.catch(() => {});
    try {
      await before;
      return await found;
    } finally {
      this.#searches--;
    }
  }

  /** The chat server has forgotten what was published. */
  republish(): void {
    this.#publisher.forget();
  }

  /** Lets go: the node plays on to the end of the track, and the next start of the bot goes on from there. */
  async close(): Promise<void> {
    this.#stop();
    this.#publisher.close();
    await this.#saver.close();
    await this.player.close();
  }

  /** Ends the music and forgets the room: its channel is gone. */
  async remove(): Promise<void> {
    this.#stop();
    await this.player.close({ destroy: true });
    this.#publisher.close();
    await this.#saver.remove();
  }

  get #state() {
    if (this.isEmpty) return null;
    const places = {
      listen: this.#link.url,
      artworkOf: (entry: QueueEntry) => this.#artwork.urlOf(entry),
    };
    return musicState(this.player, places);
  }

  /** The node may be another, or have other keys. */
  #renew(): void {
    const { isBusy, queue } = this.player;
    if (!isBusy) return;
    this.#link.renew();
    if (queue.current) this.#artwork.renew(queue.current);
  }

  #stop(): void {
    clearInterval(this.#ticking);
    clearTimeout(this.#idle);
    this.#closing.abort();
    this.#link.drop();
    this.#artwork.drop();
  }

  #follow(): void {
    const { speaker, settings, logger } = this.#services;
    const { player, channel } = this;
    player.on(QueueChangeEvent, () => this.#changed());
    player.on(EntryStartEvent, ({ entry, isResumed }) => {
      this.#artwork.renew(entry);
      this.#publisher.began();
      if (isResumed || !this.#link.isWanted) this.#link.renew();
      if (isResumed || !settings.announce || entry.id === this.#toldId) return;
      this.#toldId = entry.id;
      const { title, author } = entry.track;
      speaker.announce(channel, `Now playing ${quoted(title)} by ${quoted(author, 60)}.`);
    });
    player.on(EntryEndEvent, ({ entry, reason, error }) => {
      if (reason !== "failed") return;
      logger.info({ channel: channel.uuid, title: entry.track.title, error }, "a track could not be played");
      speaker.announce(channel, `I could not play ${quoted(entry.track.title)}, so I passed over it.`);
    });
    player.on(QueueHaltEvent, ({ failures }) => {
      const { prefix } = settings;
      const text = `The last ${failures} tracks could not be played, so I stopped trying.`;
      speaker.announce(channel, `${text} \`${prefix}resume\` tries the next one, \`${prefix}stop\` ends it.`);
    });
    player.on(NodeErrorEvent, ({ error }) => {
      logger.warn({ channel: channel.uuid, error: String(error) }, "an order did not reach the audio node");
    });
  }

  #changed(): void {
    this.#saver.schedule();
    this.#publisher.touch();
    clearTimeout(this.#idle);
    if (!this.player.isBusy) {
      this.#idle = setTimeout(() => {
        this.#link.drop();
        this.player.release();
      }, this.#services.settings.idleMs);
    }
  }

  #tick(): void {
    if (!this.player.isBusy || this.player.paused) return;
    this.#saver.schedule();
    this.#publisher.touch();
  }

  #linkChanged(): void {
    // Only nodes that have links can be handed the next track before the end of the one that plays.
    this.player.gapless = this.#link.url !== null;
    this.#publisher.touch();
  }
}
