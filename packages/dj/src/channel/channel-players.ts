import type { Channel } from "@asterite/aster";
import { UserError } from "@asterite/commands";
import type { QueueSnapshot } from "@asterite/queue";
import { ChannelPlayer, type DjServices } from "./channel-player.ts";

/** The players of a server, one for each channel in which music was requested. */
export class ChannelPlayers {
  readonly #services: DjServices;
  readonly #players = new Map<number, ChannelPlayer>();
  /** Snapshots of the last run whose channels have not been seen yet. */
  readonly #snapshots: Map<number, QueueSnapshot>;

  /** @param snapshots - By channel uuid; each is removed when its player is created. */
  constructor(services: DjServices, snapshots: Map<number, QueueSnapshot>) {
    this.#services = services;
    this.#snapshots = snapshots;
  }

  /** Returns the player of a channel, if it has one. */
  get(channel: Channel): ChannelPlayer | undefined {
    return this.#players.get(channel.uuid);
  }

  /**
   * Returns the player of a channel that is playing or has queued tracks.
   *
   * @throws UserError if there is none.
   */
  requireActive(channel: Channel): ChannelPlayer {
    const player = this.get(channel);
    if (player && !player.isEmpty) return player;
    const { prefix } = this.#services.settings;
    throw new UserError(`Nothing is playing. Use \`${prefix}play\` with a name or URL to start.`);
  }

  /** Returns the player of a channel; creates it if there is none. */
  getOrCreate(channel: Channel): ChannelPlayer {
    const existing = this.#players.get(channel.uuid);
    if (existing) return existing;
    const player = new ChannelPlayer(channel, this.#services, this.#takeSnapshot(channel));
    this.#players.set(channel.uuid, player);
    return player;
  }

  /** Resumes the players of channels that have a snapshot, and removes those whose channel was deleted. */
  updateChannels(channels: readonly Channel[]): void {
    for (const channel of channels) if (this.#snapshots.has(channel.uuid)) this.getOrCreate(channel);
    const uuids = new Set(channels.map(({ uuid }) => uuid));
    for (const [uuid, player] of this.#players) {
      if (uuids.has(uuid)) continue;
      this.#players.delete(uuid);
      player.remove().catch((error: unknown) => {
        this.#services.logger.warn(
          { channel: uuid, error: String(error) },
          "could not remove the channel player",
        );
      });
    }
  }

  /** Publishes all states again on a new connection to the server. */
  republish(): void {
    for (const player of this.#players.values()) player.republish();
  }

  /** Saves all queues and detaches from the nodes. */
  async close(): Promise<void> {
    await Promise.all([...this.#players.values()].map((player) => player.close()));
    this.#players.clear();
  }

  #takeSnapshot({ uuid }: Channel): QueueSnapshot | undefined {
    const snapshot = this.#snapshots.get(uuid);
    this.#snapshots.delete(uuid);
    return snapshot;
  }
}
