// Music of one guild: queue, player and voice connection. Independent of discord.js.

import {
  type Client,
  connectVoiceChannel,
  type DiscordGateway,
  disconnectVoiceChannel,
  type WebSocketClosedEvent,
} from "@asterite/andesite";
import { LoadType } from "@asterite/andesite/advanced";
import { QueueIdleEvent, QueuePlayer, type Requester, toQueueTrack } from "@asterite/queue";

/** Close codes after which the bot must not rejoin: it was disconnected, or rate limited. */
const noRejoinCodes = [4_014, 4_021, 4_022];
/** Close codes for which rejoining does not help: invalid token, unsupported encryption mode or protocol. */
const fatalCodes = [4_004, 4_016, 4_017];
/** Minimum interval between two attempts to rejoin, in ms. */
const minRejoinIntervalMs = 10_000;
/** Idle time after which the bot leaves, in ms. */
const idleTimeoutMs = 300_000;

/** Player and voice connection of one guild. */
export class GuildMusic {
  readonly player: QueuePlayer;
  readonly #client: Client;
  readonly #gateway: DiscordGateway;
  readonly #guildId: string;
  #channelId: string | null = null;
  #rejoinedMs = Number.NEGATIVE_INFINITY;
  #idle: NodeJS.Timeout | undefined;

  constructor(client: Client, gateway: DiscordGateway, guildId: string) {
    this.#client = client;
    this.#gateway = gateway;
    this.#guildId = guildId;
    this.player = new QueuePlayer(client, guildId);
    this.player.on(QueueIdleEvent, () => this.#startIdleTimer());
  }

  /** Joins a voice channel, adds tracks to the queue, and returns the reply for the user. */
  async play(channelId: string, query: string, requester: Requester): Promise<string> {
    // The node decides how to search for plain words: on YouTube, or in its music folders.
    const { loadType, tracks, cause, playlistInfo } = await this.#client.loadTracks(query);
    if (loadType === LoadType.LOAD_FAILED) return `Couldn't load that: ${cause?.message ?? "unknown error"}`;
    const [first] = tracks ?? [];
    if (!first) return "No results.";
    const selected = loadType === LoadType.PLAYLIST_LOADED ? (tracks ?? []) : [first];
    if (this.#channelId !== channelId) {
      this.#channelId = channelId;
      await connectVoiceChannel(this.#gateway, this.#guildId, channelId);
    }
    clearTimeout(this.#idle);
    this.player.add(selected.map(toQueueTrack), requester);
    return selected.length > 1
      ? `${selected.length} tracks of ${playlistInfo?.name ?? "a playlist"}`
      : first.info.title;
  }

  /** Stops playback and leaves the voice channel. */
  async leave(): Promise<void> {
    clearTimeout(this.#idle);
    this.#channelId = null;
    this.player.stop();
    this.player.release();
    await disconnectVoiceChannel(this.#gateway, this.#guildId);
  }

  /** Handles a move of the bot to another channel, or (null) out of the voice channel. */
  async handleMoved(channelId: string | null): Promise<void> {
    if (channelId === null && this.#channelId !== null) await this.leave();
    this.#channelId = channelId;
  }

  /** Handles the loss of a voice connection that the node could not resume. Returns a log message. */
  async handleVoiceClosed({ code, reason }: Pick<WebSocketClosedEvent, "code" | "reason">): Promise<string> {
    const text = `voice connection closed: ${code} ${reason ?? ""}`.trim();
    // After a move, Discord sends a new voice server update, with which playback continues.
    if (this.#channelId === null || noRejoinCodes.includes(code)) return text;
    const isTooSoon = performance.now() - this.#rejoinedMs < minRejoinIntervalMs;
    if (fatalCodes.includes(code) || isTooSoon) {
      await this.leave();
      return `${text}; leaving`;
    }
    this.#rejoinedMs = performance.now();
    await connectVoiceChannel(this.#gateway, this.#guildId, this.#channelId);
    return `${text}; rejoining`;
  }

  /** Destroys the player on the node. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.player.close({ destroy: true });
  }

  #startIdleTimer(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.leave().catch(() => {}), idleTimeoutMs);
  }
}
