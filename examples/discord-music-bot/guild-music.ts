// The music of one guild: a queue, the player that plays it, and the call in which it is heard. It knows nothing of
// discord.js.

import {
  type Client,
  connectVoiceChannel,
  type DiscordGateway,
  disconnectVoiceChannel,
  LoadType,
  type WebSocketClosedEvent,
} from "@asterite/andesite";
import { QueueIdleEvent, QueuePlayer, type Requester, toQueueTrack } from "@asterite/queue";

/** The bot was taken out of the call, moved to another one, or sent away for asking too much: never ask again. */
const takenOut = [4_014, 4_021, 4_022];
/** Asking again does not help: the token, the modes of encryption or the end-to-end encryption do not fit. */
const hopeless = [4_004, 4_016, 4_017];
/** ms between two attempts to get back into a call. */
const rejoinMs = 10_000;
/** ms of silence after which the bot leaves. */
const idleMs = 300_000;

/** One guild. */
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
    this.player.on(QueueIdleEvent, () => this.#waitForMore());
  }

  /** Joins a voice channel, and plays what is asked for when its turn has come. Tells what that is. */
  async play(channelId: string, query: string, requester: Requester): Promise<string> {
    // The node decides what words are: a search on YouTube, or one in its music folders.
    const { loadType, tracks, cause, playlistInfo } = await this.#client.loadTracks(query);
    if (loadType === LoadType.LOAD_FAILED) return `That cannot be played: ${cause?.message ?? "no reason"}`;
    const [first] = tracks ?? [];
    if (!first) return "Nothing was found.";
    const wanted = loadType === LoadType.PLAYLIST_LOADED ? (tracks ?? []) : [first];
    if (this.#channelId !== channelId) {
      this.#channelId = channelId;
      await connectVoiceChannel(this.#gateway, this.#guildId, channelId);
    }
    clearTimeout(this.#idle);
    this.player.add(wanted.map(toQueueTrack), requester);
    return wanted.length > 1
      ? `${wanted.length} tracks of ${playlistInfo?.name ?? "a playlist"}`
      : first.info.title;
  }

  /** Ends the music and leaves the call. */
  async leave(): Promise<void> {
    clearTimeout(this.#idle);
    this.#channelId = null;
    this.player.stop();
    this.player.release();
    await disconnectVoiceChannel(this.#gateway, this.#guildId);
  }

  /** The bot itself is in another channel now, or in none. */
  async moved(channelId: string | null): Promise<void> {
    if (channelId === null && this.#channelId !== null) await this.leave();
    this.#channelId = channelId;
  }

  /** The node has lost the call for good; what it can resume, it resumes without a word. Tells what is done. */
  async lost({ code, reason }: Pick<WebSocketClosedEvent, "code" | "reason">): Promise<string> {
    const text = `the call is over: ${code} ${reason ?? ""}`.trim();
    // Whoever was moved gets another voice server by itself, and the music goes on there.
    if (this.#channelId === null || takenOut.includes(code)) return text;
    const isEarly = performance.now() - this.#rejoinedMs < rejoinMs;
    if (hopeless.includes(code) || isEarly) {
      await this.leave();
      return `${text}; leaving`;
    }
    this.#rejoinedMs = performance.now();
    await connectVoiceChannel(this.#gateway, this.#guildId, this.#channelId);
    return `${text}; asking for another voice server`;
  }

  /** Lets the node end the player. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.player.close({ destroy: true });
  }

  #waitForMore(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.leave().catch(() => {}), idleMs);
  }
}
