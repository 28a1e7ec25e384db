import { parseSnowflake } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { requireFunction, requireKnownOptions, requireMethod } from "../checks.ts";
import { reportFailure } from "../debug.ts";
import type { DiscordGateway, GatewayPacket } from "./gateway.ts";

/** Client that accepts voice server updates: any client of this library with operations. */
export interface VoiceServerReceiver {
  /** Sends a voice server update, see `WebSocketInterface.voiceServerUpdate`. */
  voiceServerUpdate(
    guildId: string,
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: string | null } | null,
  ): Promise<void>;
}

/** Options of {@link SocketResponseHandler}. */
export interface VoiceServerUpdateOptions {
  /**
   * Called with errors of forwarding. Default: they are warnings of the platform, and so are those that it throws.
   */
  readonly onError?: ((error: unknown) => unknown) | null | undefined;
}

const reportVoiceFailure = (error: unknown): void => reportFailure("a voice update", error);

interface VoiceState {
  readonly sessionId: string;
  readonly channelId: string | null;
}

/** Forwards voice server updates from a Discord gateway to a client. */
export class SocketResponseHandler {
  /** Source of the packets. */
  readonly gateway: DiscordGateway;
  /** Receiver of the voice server updates. */
  readonly client: VoiceServerReceiver;
  readonly #onError: (error: unknown) => unknown;
  /** Voice state of the bot in each guild. */
  readonly #states = new Map<string, VoiceState>();
  #stop: (() => void) | null = null;

  constructor(
    gateway: DiscordGateway,
    client: VoiceServerReceiver,
    options?: VoiceServerUpdateOptions | null,
  ) {
    requireMethod("gateway", gateway, "listen", "a DiscordGateway, such as that of fromDiscordJs");
    requireMethod("client", client, "voiceServerUpdate", "a client with operations");
    requireKnownOptions("", options, ["onError"]);
    this.gateway = gateway;
    this.client = client;
    this.#onError = requireFunction("onError", options?.onError ?? reportVoiceFailure);
  }

  /** Starts listening to the gateway. Has no effect when already listening. */
  addListener(): void {
    this.#stop ??= this.gateway.listen((packet) => void this.onSocketResponse(packet));
  }

  /** Stops listening. */
  removeListener(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Handles a packet of the gateway. Ignores other and malformed packets. Never rejects. */
  async onSocketResponse(packet: GatewayPacket): Promise<void> {
    try {
      await this.#handle(packet);
    } catch (error) {
      // The caller delivers packets and cannot handle an error of the callback.
      try {
        await this.#onError(error);
      } catch (failure) {
        reportVoiceFailure(failure);
      }
    }
  }

  async #handle(packet: GatewayPacket): Promise<void> {
    const body = packet?.d;
    if (!isRecord(body)) return;
    const { guild_id: id } = body;
    const guildId = typeof id === "string" ? parseSnowflake(id) : null;
    if (guildId === null) return;
    if (packet.t === "VOICE_STATE_UPDATE") this.#recordVoiceState(guildId, body);
    if (packet.t !== "VOICE_SERVER_UPDATE") return;
    const state = this.#states.get(guildId);
    const sessionId = state?.sessionId ?? this.gateway.sessionId(guildId);
    if (sessionId === null) return;
    const { channelId = null } = state ?? {};
    await this.client.voiceServerUpdate(guildId, sessionId, body, { channelId });
  }

  #recordVoiceState(guildId: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.gateway.userId === null || fields["user_id"] !== this.gateway.userId) return;
    const { session_id: sessionId, channel_id: channelId } = fields;
    if (typeof channelId !== "string") this.#states.delete(guildId);
    else if (typeof sessionId === "string") this.#states.set(guildId, { sessionId, channelId });
  }
}

const handlers = new WeakMap<DiscordGateway, Map<VoiceServerReceiver, SocketResponseHandler>>();

/**
 * Starts forwarding voice server updates from a gateway to a client. Has no effect for a pair that was added
 * before.
 */
export function addVoiceServerUpdateHandler(
  gateway: DiscordGateway,
  client: VoiceServerReceiver,
  options?: VoiceServerUpdateOptions | null,
): void {
  const ofGateway = handlers.get(gateway) ?? new Map<VoiceServerReceiver, SocketResponseHandler>();
  if (ofGateway.has(client)) return;
  const handler = new SocketResponseHandler(gateway, client, options);
  handlers.set(gateway, ofGateway.set(client, handler));
  handler.addListener();
}

/**
 * Stops the forwarding that {@link addVoiceServerUpdateHandler} started. Has no effect for an unknown pair.
 */
export function removeVoiceServerUpdateHandler(gateway: DiscordGateway, client: VoiceServerReceiver): void {
  const ofGateway = handlers.get(gateway);
  ofGateway?.get(client)?.removeListener();
  ofGateway?.delete(client);
}
