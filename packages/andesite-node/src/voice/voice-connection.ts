import type { ClientOptions } from "ws";
import type { Dialler } from "../bytes/dialler.ts";
import type { VoiceOptions } from "../options.ts";
import { CallMembers } from "./call-members.ts";
import { DaveEncryption, maxDaveVersion } from "./dave-encryption.ts";
import {
  type GatewayData,
  type ReadyData,
  readEpoch,
  readJoinedUsers,
  readLeftUser,
  readReady,
  readSessionDescription,
  readTransition,
  readVersion,
} from "./gateway-data.ts";
import { closeAction, VoiceOpcode } from "./opcodes.ts";
import { type EncryptionMode, TransportCipher } from "./transport-cipher.ts";
import { toVoiceError, VoiceError, VoiceErrorCode } from "./voice-error.ts";
import { type GatewayMessage, VoiceGatewaySocket } from "./voice-gateway-socket.ts";
import type { VoiceServer } from "./voice-server.ts";
import { type VoicePacketCounts, VoiceUdpSocket } from "./voice-udp-socket.ts";

const gatewayVersion = 8;
const normalClosure = 1_000;
/** Silence after the last packet, so that decoders do not make up what comes next. */
const trailingSilence = 5;
/** A session that lasted so long, in ms, has nothing to do with how the next one is lost. */
const lastingMs = 10_000;
/** ms between two attempts grow by this with each of them; the first one is made at once. */
const pauseStepMs = 1_000;

/** Ticks for which a player is held until the call's group is there: 2 s, many times what it takes. */
const maxHeldTicks = 100;

/** What a connection works with. */
export interface VoiceDependencies {
  readonly dialler: Pick<Dialler, "httpsAgent" | "resolveUdp">;
  readonly limits: Pick<VoiceOptions, "connectTimeoutMs" | "resumeAttempts">;
  /** Authorities beside those that Node.js knows, PEM; null for none. */
  readonly certificateAuthority: string | null;
}

/** What a connection tells. */
export interface VoiceEvents {
  /** Audio can be sent from now on, or cannot. */
  readyChanged(ready: boolean): void;
  /** The connection is over until there is another voice server update. */
  closed(code: number, reason: string, byRemote: boolean): void;
}

/** What was agreed with the voice server, and outlives the connection to its gateway. */
interface Session {
  readonly link: VoiceUdpSocket;
  readonly endToEnd: DaveEncryption;
}

type State =
  /** There is nothing to connect to. */
  | { readonly kind: "waiting" }
  /** We say who we are; then we find out where packets go. */
  | { readonly kind: "identifying" | "locating"; readonly socket: VoiceGatewaySocket }
  /** We find out where our packets come from; then the voice server tells the key. */
  | {
      readonly kind: "discovering" | "selecting";
      readonly socket: VoiceGatewaySocket;
      readonly link: VoiceUdpSocket;
      readonly mode: EncryptionMode;
    }
  | {
      readonly kind: "ready";
      readonly socket: VoiceGatewaySocket;
      readonly session: Session;
      readonly sinceMs: number;
    }
  /** The gateway is gone, and is tried again in a moment: with the session, if there is one already. */
  | { readonly kind: "pausing"; readonly session: Session | null; readonly timer: NodeJS.Timeout }
  | { readonly kind: "resuming"; readonly socket: VoiceGatewaySocket; readonly session: Session };

/**
 * Our place in a Discord call: the voice gateway, version 8, and the packets beside it. Every voice server
 * update starts it anew; what is lost in between is resumed, as long as Discord lets us.
 */
export class VoiceConnection {
  readonly #services: VoiceDependencies;
  readonly #events: VoiceEvents;
  #server: VoiceServer | null = null;
  #state: State = { kind: "waiting" };
  /** Runs from an update, or the loss of a connection, until audio can be sent. */
  #deadline: NodeJS.Timeout | undefined;
  #attempts = 0;
  #members = new CallMembers();
  #speaking = false;
  #silence = 0;
  #heldTicks = 0;
  #before: VoicePacketCounts = { sent: 0, failed: 0, heldBack: 0 };

  constructor(services: VoiceDependencies, events: VoiceEvents) {
    this.#services = services;
    this.#events = events;
  }

  /** Whether audio can be sent. */
  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** Whether audio can be sent and is end-to-end encrypted. */
  get isEndToEndEncrypted(): boolean {
    return this.#state.kind === "ready" && this.#state.session.endToEnd.isActive;
  }

  /** Packets since the connection was made, over all its sessions. */
  get counts(): VoicePacketCounts {
    const now = this.#link?.counts;
    const { sent, failed, heldBack } = this.#before;
    if (!now) return this.#before;
    return { sent: sent + now.sent, failed: failed + now.failed, heldBack: heldBack + now.heldBack };
  }

  /** Goes where a voice server update says. The one that is there already changes nothing. */
  update(server: VoiceServer): void {
    if (this.#state.kind !== "waiting" && this.#server && isSame(this.#server, server)) return;
    this.#leave();
    this.#server = server;
    this.#attempts = 0;
    this.#setDeadline();
    this.#identify(server);
  }

  /**
   * Whether the player is better left where it is in this tick, instead of {@link sendFrame}: somebody is in the call,
   * and will be able to decrypt what it plays in a moment. Not for long, should that moment never come.
   */
  holdPlayback(): boolean {
    if (this.#state.kind !== "ready") return false;
    const { link, endToEnd } = this.#state.session;
    if (endToEnd.canEncrypt) {
      this.#heldTicks = 0;
      return false;
    }
    if (this.#members.isEmpty || this.#heldTicks >= maxHeldTicks) return false;
    this.#heldTicks++;
    link.skipFrame();
    return true;
  }

  /** The packet of this tick; null where there is none. */
  sendFrame(packet: Uint8Array | null): void {
    if (this.#state.kind !== "ready") return;
    const { socket, session } = this.#state;
    const { link, endToEnd } = session;
    if (packet) {
      if (!this.#speaking) this.#speak(socket, link, true);
      this.#silence = trailingSilence;
      link.send(packet, endToEnd);
    } else if (this.#silence > 0) {
      this.#silence--;
      link.sendSilence();
    } else {
      if (this.#speaking) this.#speak(socket, link, false);
      link.skipFrame();
    }
  }

  /** Leaves the call. */
  close(): void {
    this.#leave();
    this.#server = null;
  }

  get #session(): Session | null {
    return "session" in this.#state ? this.#state.session : null;
  }

  get #link(): VoiceUdpSocket | null {
    return "link" in this.#state ? this.#state.link : (this.#session?.link ?? null);
  }

  #speak(socket: VoiceGatewaySocket, { ssrc }: VoiceUdpSocket, speaking: boolean): void {
    this.#speaking = speaking;
    socket.send(VoiceOpcode.SPEAKING, { speaking: speaking ? 1 : 0, delay: 0, ssrc });
  }

  #open(server: VoiceServer, sequence: number, op: number, greeting: GatewayData): VoiceGatewaySocket {
    const { dialler, certificateAuthority } = this.#services;
    const options: ClientOptions = { agent: dialler.httpsAgent };
    if (certificateAuthority !== null) options.ca = certificateAuthority;
    const url = `wss://${server.endpoint}/?v=${gatewayVersion}`;
    const socket: VoiceGatewaySocket = new VoiceGatewaySocket(url, sequence, options, {
      opened: () => this.#isCurrent(socket) && socket.send(op, greeting),
      message: (message) => this.#isCurrent(socket) && this.#take(socket, message),
      limitExceeded: () =>
        this.#isCurrent(socket) &&
        this.#end(VoiceErrorCode.policyViolation, "The voice server sends more than a call needs", false),
      closed: (code, reason) => this.#isCurrent(socket) && this.#lose(code, reason),
    });
    return socket;
  }

  #isCurrent(socket: VoiceGatewaySocket): boolean {
    return "socket" in this.#state && this.#state.socket === socket;
  }

  #identify(server: VoiceServer): void {
    const { guildId, userId, sessionId, token, channelId } = server;
    this.#members = new CallMembers();
    const socket = this.#open(server, -1, VoiceOpcode.IDENTIFY, {
      server_id: guildId,
      user_id: userId,
      session_id: sessionId,
      token,
      // The group is named after the channel; who does not know it cannot enter.
      max_dave_protocol_version: channelId === null ? 0 : maxDaveVersion,
    });
    this.#state = { kind: "identifying", socket };
  }

  #resume(server: VoiceServer, session: Session, sequence: number): void {
    const { guildId, sessionId, token } = server;
    const greeting = { server_id: guildId, session_id: sessionId, token, seq_ack: sequence };
    const socket = this.#open(server, sequence, VoiceOpcode.RESUME, greeting);
    this.#state = { kind: "resuming", socket, session };
  }

  #setDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#end(VoiceErrorCode.abnormalClosure, "The voice server did not answer in time", false),
      this.#services.limits.connectTimeoutMs,
    );
  }

  #take(socket: VoiceGatewaySocket, message: GatewayMessage): void {
    try {
      if (message.binary) this.#session?.endToEnd.handleBinary(message.op, message.data);
      else this.#takeJson(socket, message.op, message.data);
    } catch (error) {
      this.#fail(error);
    }
  }

  #takeJson(socket: VoiceGatewaySocket, op: number, data: GatewayData): void {
    const endToEnd = this.#session?.endToEnd;
    switch (op) {
      case VoiceOpcode.READY:
        if (this.#state.kind === "identifying") void this.#locate(socket, readReady(data));
        break;
      case VoiceOpcode.SESSION_DESCRIPTION:
        this.#describe(data);
        break;
      case VoiceOpcode.RESUMED:
        if (this.#state.kind === "resuming") this.#becomeReady(socket, this.#state.session);
        break;
      case VoiceOpcode.CLIENTS_CONNECT:
        this.#members.add(readJoinedUsers(data));
        break;
      case VoiceOpcode.CLIENT_DISCONNECT: {
        const id = readLeftUser(data);
        if (id !== null) this.#members.remove(id);
        break;
      }
      case VoiceOpcode.DAVE_PREPARE_TRANSITION:
        endToEnd?.prepareTransition(readTransition(data), readVersion(data));
        break;
      case VoiceOpcode.DAVE_EXECUTE_TRANSITION:
        endToEnd?.executeTransition(readTransition(data));
        break;
      case VoiceOpcode.DAVE_PREPARE_EPOCH:
        endToEnd?.prepareEpoch(readEpoch(data), readVersion(data));
        break;
      default:
    }
  }

  async #locate(socket: VoiceGatewaySocket, { host, port, ssrc, mode }: ReadyData): Promise<void> {
    this.#state = { kind: "locating", socket };
    try {
      const { address } = await this.#services.dialler.resolveUdp(host);
      if (!this.#isCurrent(socket)) return;
      const link = new VoiceUdpSocket(address, port, ssrc, (own) => {
        this.#state = { kind: "selecting", socket, link, mode };
        socket.send(VoiceOpcode.SELECT_PROTOCOL, { protocol: "udp", data: { ...own, mode } });
      });
      this.#state = { kind: "discovering", socket, link, mode };
    } catch (error) {
      if (this.#isCurrent(socket)) this.#fail(error);
    }
  }

  #describe(data: GatewayData): void {
    const state = this.#state;
    const server = this.#server;
    if (state.kind !== "selecting" || !server) return;
    const { socket, link, mode } = state;
    const { key, daveVersion: endToEndVersion } = readSessionDescription(data, mode);
    if (endToEndVersion > 0 && server.channelId === null) throw channelMissing();
    link.setCipher(new TransportCipher(mode, key));
    const { userId, channelId } = server;
    const identity = { userId, channelId: channelId ?? "0" };
    const endToEnd = new DaveEncryption(endToEndVersion, identity, this.#members, {
      send: (op, body) => this.#send((current) => current.send(op, body)),
      sendBinary: (op, payload) => this.#send((current) => current.sendBinary(op, payload)),
    });
    this.#becomeReady(socket, { link, endToEnd });
  }

  #send(send: (socket: VoiceGatewaySocket) => void): void {
    if ("socket" in this.#state) send(this.#state.socket);
  }

  #becomeReady(socket: VoiceGatewaySocket, session: Session): void {
    clearTimeout(this.#deadline);
    this.#state = { kind: "ready", socket, session, sinceMs: performance.now() };
    this.#speaking = false;
    this.#silence = 0;
    this.#heldTicks = 0;
    this.#events.readyChanged(true);
  }

  /** The gateway closed the connection, or does not answer any more. */
  #lose(code: number, reason: string): void {
    const state = this.#state;
    const server = this.#server;
    if (!("socket" in state) || !server) return;
    if (state.kind === "ready") {
      if (performance.now() - state.sinceMs >= lastingMs) this.#attempts = 0;
      this.#setDeadline();
    }
    if (closeAction(code) === "wait" || ++this.#attempts > this.#services.limits.resumeAttempts) {
      const isOurs = code === VoiceErrorCode.endToEndRequired && server.channelId === null;
      this.#end(code, isOurs ? channelMissing().message : reason, code !== VoiceErrorCode.abnormalClosure);
      return;
    }
    const session = this.#session;
    const { sequence } = state.socket;
    // Without a session there is nothing to resume, and a link belongs to the session that it was made for.
    if (!session) this.#closeLink();
    const timer = setTimeout(
      () => (session ? this.#resume(server, session, sequence) : this.#identify(server)),
      pauseStepMs * (this.#attempts - 1),
    );
    this.#state = { kind: "pausing", session, timer };
    if (state.kind === "ready") this.#events.readyChanged(false);
  }

  #fail(error: unknown): void {
    const { code, message } = toVoiceError(error);
    this.#end(code, message, false);
  }

  #end(code: number, reason: string, byRemote: boolean): void {
    this.#leave();
    this.#events.closed(code, reason, byRemote);
  }

  #leave(): void {
    const state = this.#state;
    clearTimeout(this.#deadline);
    this.#session?.endToEnd.close();
    this.#closeLink();
    this.#state = { kind: "waiting" };
    if (state.kind === "pausing") clearTimeout(state.timer);
    if ("socket" in state) state.socket.close(normalClosure);
    if (state.kind === "ready") this.#events.readyChanged(false);
  }

  #closeLink(): void {
    this.#before = this.counts;
    this.#link?.close();
  }
}

const isSame = (one: VoiceServer, other: VoiceServer): boolean =>
  one.sessionId === other.sessionId &&
  one.endpoint === other.endpoint &&
  one.token === other.token &&
  one.channelId === other.channelId;

const channelMissing = (): VoiceError =>
  new VoiceError(
    VoiceErrorCode.endToEndRequired,
    "The call is end-to-end encrypted: the voice server update has to name its channelId",
  );
