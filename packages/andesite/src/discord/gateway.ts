import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";

/** A packet of Discord's gateway: `t` is the dispatch's name, `d` its body. */
export interface GatewayPacket {
  /** Name of a dispatch; null or absent for other packets. */
  readonly t?: string | null | undefined;
  /** Body of the dispatch. */
  readonly d?: unknown;
}

/** What this library needs of a gateway library. */
export interface DiscordGateway {
  /** Id of the bot; null while it is not known. */
  readonly userId: string | null;
  /** Session id of the gateway connection that is responsible for a guild; null where it is not known. */
  sessionId(guildId: string): string | null;
  /** Sends a packet through the gateway connection that is responsible for a guild. */
  send(guildId: string, packet: { readonly op: number; readonly d: unknown }): unknown;
  /** Calls back with every packet that is received, until the function that it returns is called. */
  listen(listener: (packet: GatewayPacket) => void): () => void;
}

/** What stands for a guild: its id, or an object that has it. */
export type GuildLike = Snowflake | { readonly id: Snowflake };

/** A voice channel, as libraries have it. */
export interface VoiceChannelLike {
  /** Id of the channel. */
  readonly id: Snowflake;
  /** Id of its guild. */
  readonly guildId: Snowflake;
}

/** Operation of the gateway that joins, moves and leaves. */
const voiceStateUpdate = 4;

const guildIdOf = (guild: GuildLike): string =>
  toSnowflake(typeof guild === "object" ? guild.id : guild, "guildId");

/**
 * Asks Discord to bring the bot into a voice channel, or out of all of them.
 *
 * @param channelId - Null leaves.
 * @throws SnowflakeTypeError, SnowflakeRangeError for what is no id.
 */
export async function updateVoiceState(
  gateway: DiscordGateway,
  guildId: Snowflake,
  channelId: Snowflake | null,
): Promise<void> {
  const guild = toSnowflake(guildId, "guildId");
  const channel = channelId === null ? null : toSnowflake(channelId, "channelId");
  const d = { guild_id: guild, channel_id: channel, self_mute: false, self_deaf: false };
  await gateway.send(guild, { op: voiceStateUpdate, d });
}

/** Joins a voice channel: a channel object, or a guild and the id of its channel. Rejects for what is no id. */
export function connectVoiceChannel(gateway: DiscordGateway, channel: VoiceChannelLike): Promise<void>;
/** Joins a voice channel of a guild. Rejects for what is no id. */
export function connectVoiceChannel(
  gateway: DiscordGateway,
  guild: GuildLike,
  channelId: Snowflake,
): Promise<void>;
export async function connectVoiceChannel(
  gateway: DiscordGateway,
  first: VoiceChannelLike | GuildLike,
  channelId?: Snowflake,
): Promise<void> {
  if (channelId !== undefined) return await updateVoiceState(gateway, guildIdOf(first), channelId);
  const { id, guildId } = first as VoiceChannelLike;
  await updateVoiceState(gateway, guildId, id);
}

/** Leaves the voice channel of a guild. Rejects for what is no id. */
export async function disconnectVoiceChannel(gateway: DiscordGateway, guild: GuildLike): Promise<void> {
  await updateVoiceState(gateway, guildIdOf(guild), null);
}
