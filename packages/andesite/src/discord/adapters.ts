import { OutOfRangeError } from "../errors.ts";
import type { DiscordGateway, GatewayPacket } from "./gateway.ts";

/** What the adapter needs of a client of discord.js 14. */
export interface DiscordJsClient {
  /** The bot's own user; null before it is logged in. */
  readonly user: { readonly id: string } | null;
  /** Gives the guild with its shard. */
  readonly guilds: {
    readonly cache: {
      get(guildId: string): { readonly shard: DiscordJsShard } | undefined;
    };
  };
  /** Starts to call back with raw packets. */
  on(event: "raw", listener: (packet: GatewayPacket) => void): unknown;
  /** Stops to call back. */
  off(event: "raw", listener: (packet: GatewayPacket) => void): unknown;
}

/** A shard of discord.js. */
export interface DiscordJsShard {
  /** Session id of its gateway connection, in those versions that show it. */
  readonly sessionId?: string | null;
  /** Sends a packet. */
  send(packet: { readonly op: number; readonly d: unknown }): void;
}

const adapters = new WeakMap<DiscordJsClient, DiscordGateway>();

/** A gateway out of a client of discord.js; the same for the same client. Needs the intent `GuildVoiceStates`. */
export function fromDiscordJs(client: DiscordJsClient): DiscordGateway {
  const known = adapters.get(client);
  if (known) return known;
  const gateway: DiscordGateway = {
    get userId() {
      return client.user?.id ?? null;
    },
    sessionId: (guildId) => client.guilds.cache.get(guildId)?.shard.sessionId ?? null,
    send: (guildId, packet) => {
      const guild = client.guilds.cache.get(guildId);
      if (!guild) throw new OutOfRangeError("guildId", `one of the bot's guilds, which ${guildId} is not`);
      guild.shard.send(packet);
    },
    listen: (listener) => {
      client.on("raw", listener);
      return () => client.off("raw", listener);
    },
  };
  adapters.set(client, gateway);
  return gateway;
}

/** A gateway to which a program hands the packets itself. */
export interface RawGateway extends DiscordGateway {
  /** Hands a packet that was received to everybody who listens. */
  receive(packet: GatewayPacket): void;
}

/** Options of {@link fromRawPackets}. */
export interface RawGatewayOptions {
  /** Id of the bot, or how to find it out. */
  readonly userId: string | (() => string | null);
  /** Sends a packet through the connection that is responsible for a guild. */
  readonly send: DiscordGateway["send"];
  /** Session id of that connection. Default: not known. */
  readonly sessionId?: DiscordGateway["sessionId"] | null | undefined;
}

/** A gateway for any library, or none: what arrives has to be given to its `receive`. */
export function fromRawPackets({ userId, send, sessionId }: RawGatewayOptions): RawGateway {
  const listeners = new Set<(packet: GatewayPacket) => void>();
  return {
    get userId() {
      return typeof userId === "function" ? userId() : userId;
    },
    sessionId: sessionId ?? (() => null),
    send,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    receive: (packet) => {
      for (const listener of [...listeners]) listener(packet);
    },
  };
}
