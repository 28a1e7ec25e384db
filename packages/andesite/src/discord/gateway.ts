import { type Snowflake, type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { requireMethod } from "../checks.ts";
import { InvalidTypeError } from "../errors.ts";

/** Packet of Discord's gateway. */
export interface GatewayPacket {
  /** Name of the dispatch; null or absent for other packets. */
  readonly t?: string | null | undefined;
  /** Body of the dispatch. */
  readonly d?: unknown;
}

/** Interface to a Discord library. */
export interface DiscordGateway {
  /** Id of the bot's user; null while unknown. */
  readonly userId: string | null;
  /** Returns the session id of a guild's gateway connection; null when unknown. */
  sessionId(guildId: string): string | null;
  /** Sends a packet on the gateway connection of a guild. */
  send(guildId: string, packet: { readonly op: number; readonly d: unknown }): unknown;
  /** Adds a listener for all received packets. Returns a function that removes it. */
  listen(listener: (packet: GatewayPacket) => void): () => void;
}

/** Voice channel object of a Discord library. */
export interface VoiceChannelLike {
  /** Id of the channel. */
  readonly id: Snowflake;
  /** Id of the channel's guild. */
  readonly guildId: Snowflake;
}

/** Gateway opcode "Update Voice State", which joins, moves and leaves. */
const voiceStateUpdate = 4;

/**
 * Sends a voice state update, which joins, moves to or leaves a voice channel.
 *
 * Rejects with a `SnowflakeTypeError` or `SnowflakeRangeError` for an invalid id.
 *
 * @param channelId - Channel to join; null to leave.
 */
export async function updateVoiceState(
  gateway: DiscordGateway,
  guildId: SnowflakeLike,
  channelId: SnowflakeLike | null,
): Promise<void> {
  requireMethod("gateway", gateway, "send", "a DiscordGateway, such as that of fromDiscordJs");
  const guild = toSnowflake(guildId, "guildId");
  const channel = channelId === null ? null : toSnowflake(channelId, "channelId");
  const d = { guild_id: guild, channel_id: channel, self_mute: false, self_deaf: false };
  await gateway.send(guild, { op: voiceStateUpdate, d });
}

/** Joins a voice channel, given as an object. Rejects for an invalid id. */
export function connectVoiceChannel(gateway: DiscordGateway, channel: VoiceChannelLike): Promise<void>;
/** Joins a voice channel of a guild. Rejects for an invalid id. */
export function connectVoiceChannel(
  gateway: DiscordGateway,
  guild: SnowflakeLike,
  channelId: SnowflakeLike,
): Promise<void>;
export async function connectVoiceChannel(
  gateway: DiscordGateway,
  first: VoiceChannelLike | SnowflakeLike,
  channelId?: SnowflakeLike,
): Promise<void> {
  if (channelId !== undefined) return await updateVoiceState(gateway, first as SnowflakeLike, channelId);
  if (typeof first !== "object" || first === null)
    throw new InvalidTypeError("channel", "a voice channel, or a guild and a channelId");
  const { id, guildId } = first as VoiceChannelLike;
  await updateVoiceState(gateway, guildId, id);
}

/** Leaves the voice channel of a guild. Rejects for an invalid id. */
export async function disconnectVoiceChannel(gateway: DiscordGateway, guild: SnowflakeLike): Promise<void> {
  await updateVoiceState(gateway, guild, null);
}
