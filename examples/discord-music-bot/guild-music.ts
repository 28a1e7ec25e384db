// Music of one guild: its queue player and its voice channel. Independent of discord.js.

import {
  type Client,
  connectVoiceChannel,
  type DiscordGateway,
  disconnectVoiceChannel,
  LoadType,
  type WebSocketClosedEvent,
} from "@asterite/andesite";
import { QueueIdleEvent, QueuePlayer, type Requester, toQueueTrack } from "@asterite/queue";

/** The bot was disconnected or moved by a user, or rate limited: it must not rejoin. */
const disconnectedCodes = [4_014, 4_021, 4_022];
/** Rejoining would fail again: the token, the encryption mode or the end-to-end encryption is not accepted. */
const fatalCodes = [4_004, 4_016, 4_017];
/** Minimum interval between two attempts to rejoin, in ms. */
const minRejoinIntervalMs = 10_000;
/** Idle time after which the bot leaves the voice channel, in ms. */
const idleMs = 300_000;

/** Music of one guild. */
export class GuildMusic {
  readonly player: QueuePlayer;
  readonly #client: Client;
  readonly #gateway: DiscordGateway;
  readonly #guildId: string;
  #channelId: string | null = null;
  #rejoinedAtMs = Number.NEGATIVE_INFINITY;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(client: Client, gateway: DiscordGateway, guildId: string) {
    this.#client = client;
    this.#gateway = gateway;
    this.#guildId = guildId;
    this.player = new QueuePlayer(client, guildId);
    this.player.on(QueueIdleEvent, () => this.#startIdleTimer());
  }

  /** Joins a voice channel and queues the tracks for a query. Returns the title, or why nothing was queued. */
  async play(channelId: string, query: string, requester: Requester): Promise<string> {
    // The node decides where search terms are looked up: on YouTube or in its music folders.
    const { loadType, tracks, cause, playlistInfo } = await this.#client.loadTracks(query);
    if (loadType === LoadType.LOAD_FAILED) return `Couldn't load that: ${cause?.message ?? "unknown reason"}`;
    const [first] = tracks ?? [];
    if (!first) return "No results.";
    const chosen = loadType === LoadType.PLAYLIST_LOADED ? (tracks ?? []) : [first];
    if (this.#channelId !== channelId) {
      this.#channelId = channelId;
      await connectVoiceChannel(this.#gateway, this.#guildId, channelId);
    }
    clearTimeout(this.#idleTimer);
    this.player.add(chosen.map(toQueueTrack), requester);
    return chosen.length > 1
      ? `${chosen.length} tracks from ${playlistInfo?.name ?? "a playlist"}`
      : first.info.title;
  }

  /** Stops playback and leaves the voice channel. */
  async leave(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#channelId = null;
    this.player.stop();
    this.player.release();
    await disconnectVoiceChannel(this.#gateway, this.#guildId);
  }

  /** Handles a change of the bot's own voice channel; null if it was disconnected. */
  async handleChannelChange(channelId: string | null): Promise<void> {
    if (channelId === null && this.#channelId !== null) await this.leave();
    this.#channelId = channelId;
  }

  /**
   * Handles a voice connection that the node cannot resume: rejoins or leaves. Returns a text for the log.
   */
  async handleVoiceClosed({ code, reason }: Pick<WebSocketClosedEvent, "code" | "reason">): Promise<string> {
    const text = `voice connection closed: ${code} ${reason ?? ""}`.trim();
    // After a move, Discord sends another voice server on its own, and playback continues there.
    if (this.#channelId === null || disconnectedCodes.includes(code)) return text;
    const isTooSoon = performance.now() - this.#rejoinedAtMs < minRejoinIntervalMs;
    if (fatalCodes.includes(code) || isTooSoon) {
      await this.leave();
      return `${text}; leaving`;
    }
    this.#rejoinedAtMs = performance.now();
    await connectVoiceChannel(this.#gateway, this.#guildId, this.#channelId);
    return `${text}; rejoining`;
  }

  /** Destroys the player on the node. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await this.player.close({ destroy: true });
  }

  #startIdleTimer(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => void this.leave().catch(() => {}), idleMs);
  }
}
