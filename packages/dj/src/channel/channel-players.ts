import type { Channel } from "@asterite/aster";
import type { QueueSnapshot } from "@asterite/queue";
import { ChannelPlayer, type DjServices } from "./channel-player.ts";

/** The rooms of a server, one for each channel that has asked for music. */
export class ChannelPlayers {
  readonly #services: DjServices;
  readonly #rooms = new Map<number, ChannelPlayer>();
  /** Rooms of the last run whose channels have not been seen yet. */
  readonly #stored: Map<number, QueueSnapshot>;

  constructor(services: DjServices, stored: Map<number, QueueSnapshot>) {
    this.#services = services;
    this.#stored = stored;
  }

  /** The room of a channel, if it has one. */
  get(channel: Channel): ChannelPlayer | undefined {
    return this.#rooms.get(channel.uuid);
  }

  /** The room of a channel, made where there is none. */
  getOrCreate(channel: Channel): ChannelPlayer {
    const room =
      this.#rooms.get(channel.uuid) ?? new ChannelPlayer(channel, this.#services, this.#take(channel));
    this.#rooms.set(channel.uuid, room);
    return room;
  }

  /** These are the channels now: goes on where there was music before, and ends what has lost its channel. */
  updateChannels(channels: readonly Channel[]): void {
    for (const channel of channels) if (this.#stored.has(channel.uuid)) this.getOrCreate(channel);
    const uuids = new Set(channels.map(({ uuid }) => uuid));
    for (const [uuid, room] of this.#rooms) {
      if (uuids.has(uuid)) continue;
      this.#rooms.delete(uuid);
      room.remove().catch((error: unknown) => {
        this.#services.logger.warn({ channel: uuid, error: String(error) }, "a room could not be removed");
      });
    }
  }

  /** The server has a new connection, which has published nothing yet. */
  republish(): void {
    for (const room of this.#rooms.values()) room.republish();
  }

  /** Writes everything down and lets go. */
  async close(): Promise<void> {
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
    this.#rooms.clear();
  }

  #take({ uuid }: Channel): QueueSnapshot | undefined {
    const snapshot = this.#stored.get(uuid);
    this.#stored.delete(uuid);
    return snapshot;
  }
}
