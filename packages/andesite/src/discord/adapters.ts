import { optionNames, requireKnownOptions, requireMethod, requireText } from "../checks.ts";
import { OutOfRangeError } from "../errors.ts";
import type { DiscordGateway, GatewayPacket } from "./gateway.ts";

/** Subset of the client of discord.js 14 that the adapter uses. */
export interface DiscordJsClient {
  /** The bot's user; null before login. */
  readonly user: { readonly id: string } | null;
  /** Guilds of the bot, with their shards. */
  readonly guilds: {
    readonly cache: {
      get(guildId: string): { readonly shard: DiscordJsShard } | undefined;
    };
  };
  /** Adds a listener for raw gateway packets. */
  on(event: "raw", listener: (packet: GatewayPacket) => void): unknown;
  /** Removes a listener. */
  off(event: "raw", listener: (packet: GatewayPacket) => void): unknown;
}

/** Subset of a shard of discord.js. */
export interface DiscordJsShard {
  /** Session id of the gateway connection, in versions that expose it. */
  readonly sessionId?: string | null;
  /** Sends a gateway packet. */
  send(packet: { readonly op: number; readonly d: unknown }): void;
}

const adapters = new WeakMap<DiscordJsClient, DiscordGateway>();

/**
 * Returns the gateway of a discord.js client, the same object for the same client. Needs the intent
 * `GuildVoiceStates`.
 */
export function fromDiscordJs(client: DiscordJsClient): DiscordGateway {
  requireMethod("client", client, "on", "a client of discord.js");
  const known = adapters.get(client);
  if (known) return known;
  const gateway: DiscordGateway = {
    get userId() {
      return client.user?.id ?? null;
    },
    sessionId: (guildId) => client.guilds.cache.get(guildId)?.shard.sessionId ?? null,
    send: (guildId, packet) => {
      const guild = client.guilds.cache.get(guildId);
      if (!guild) throw new OutOfRangeError("guildId", `a guild of the bot; ${guildId} is not`);
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

/** Gateway that receives its packets from the application. */
export interface RawGateway extends DiscordGateway {
  /** Passes a received packet to all listeners. */
  receive(packet: GatewayPacket): void;
}

/** Options of {@link fromRawPackets}. */
export interface RawGatewayOptions {
  /** Id of the bot's user, or a function that returns it, or null while unknown. */
  readonly userId: string | (() => string | null);
  /** Sends a packet on the gateway connection of a guild. */
  readonly send: DiscordGateway["send"];
  /** Returns the session id of that connection. Default: unknown. */
  readonly sessionId?: DiscordGateway["sessionId"] | null | undefined;
}

const gatewayOptions = optionNames<RawGatewayOptions>({ userId: true, send: true, sessionId: true });

/** Creates a gateway for any Discord library. Pass each raw packet to its `receive` method. */
export function fromRawPackets(options: RawGatewayOptions): RawGateway {
  requireMethod("options", options, "send", "an object with userId and send");
  requireKnownOptions("", options, gatewayOptions);
  const { userId, send, sessionId } = options;
  if (typeof userId !== "function") requireText("userId", userId);
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
