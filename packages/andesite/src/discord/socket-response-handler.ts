import { parseSnowflake } from "@asterite/andesite-protocol";
import { isObject } from "../checks.ts";
import type { DiscordGateway, GatewayPacket } from "./gateway.ts";

/** A client that can be told of voice servers: any with the operations of this library. */
export interface VoiceServerReceiver {
  /** See `WebSocketInterface.voiceServerUpdate`. */
  voiceServerUpdate(
    guildId: string,
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: string | null } | null,
  ): Promise<void>;
}

/** Options of {@link SocketResponseHandler}. */
export interface VoiceServerUpdateOptions {
  /** Called with what handing on fails with; what it throws itself is ignored. Default: nothing is called. */
  readonly onError?: ((error: unknown) => unknown) | null | undefined;
}

interface VoiceState {
  readonly sessionId: string;
  readonly channelId: string | null;
}

/** Hands what Discord says about voice servers on to a client. */
export class SocketResponseHandler {
  /** Where packets come from. */
  readonly gateway: DiscordGateway;
  /** Whom they are handed to. */
  readonly client: VoiceServerReceiver;
  readonly #onError: ((error: unknown) => unknown) | null;
  /** The bot's own voice state in each guild. */
  readonly #states = new Map<string, VoiceState>();
  #stop: (() => void) | null = null;

  constructor(
    gateway: DiscordGateway,
    client: VoiceServerReceiver,
    options?: VoiceServerUpdateOptions | null,
  ) {
    this.gateway = gateway;
    this.client = client;
    this.#onError = options?.onError ?? null;
  }

  /** Starts to listen; does nothing when it listens already. */
  addListener(): void {
    this.#stop ??= this.gateway.listen((packet) => void this.onSocketResponse(packet));
  }

  /** Stops to listen. */
  removeListener(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Takes a packet of the gateway. Packets that are of no interest, or malformed, are ignored. Never rejects. */
  async onSocketResponse(packet: GatewayPacket): Promise<void> {
    try {
      await this.#handle(packet);
    } catch (error) {
      // It is called by whoever has the packets, who has no use for what goes wrong in a callback.
      try {
        await this.#onError?.(error);
      } catch {}
    }
  }

  async #handle(packet: GatewayPacket): Promise<void> {
    const body = packet?.d;
    if (!isObject(body)) return;
    const { guild_id: id } = body;
    const guildId = typeof id === "string" ? parseSnowflake(id) : null;
    if (guildId === null) return;
    if (packet.t === "VOICE_STATE_UPDATE") this.#note(guildId, body);
    if (packet.t !== "VOICE_SERVER_UPDATE") return;
    const state = this.#states.get(guildId);
    const sessionId = state?.sessionId ?? this.gateway.sessionId(guildId);
    if (sessionId === null) return;
    const { channelId = null } = state ?? {};
    await this.client.voiceServerUpdate(guildId, sessionId, body, { channelId });
  }

  #note(guildId: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.gateway.userId === null || fields["user_id"] !== this.gateway.userId) return;
    const { session_id: sessionId, channel_id: channelId } = fields;
    if (typeof channelId !== "string") this.#states.delete(guildId);
    else if (typeof sessionId === "string") this.#states.set(guildId, { sessionId, channelId });
  }
}

const handlers = new WeakMap<DiscordGateway, Map<VoiceServerReceiver, SocketResponseHandler>>();

/**
 * Hands what Discord says about voice servers on to a client from now on. Does nothing for a pair of the two that has
 * been given before.
 */
export function addVoiceServerUpdateHandler(
  gateway: DiscordGateway,
  client: VoiceServerReceiver,
  options?: VoiceServerUpdateOptions | null,
): void {
  const ofGateway = handlers.get(gateway) ?? new Map<VoiceServerReceiver, SocketResponseHandler>();
  handlers.set(gateway, ofGateway);
  if (ofGateway.has(client)) return;
  const handler = new SocketResponseHandler(gateway, client, options);
  ofGateway.set(client, handler);
  handler.addListener();
}

/** Ends what {@link addVoiceServerUpdateHandler} began; does nothing for a pair that is not known. */
export function removeVoiceServerUpdateHandler(gateway: DiscordGateway, client: VoiceServerReceiver): void {
  const ofGateway = handlers.get(gateway);
  ofGateway?.get(client)?.removeListener();
  ofGateway?.delete(client);
}
