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
import { isSameVoiceServer, type VoiceServer, type VoiceState } from "./voice-server.ts";
import { type VoicePacketCounts, VoiceUdpSocket } from "./voice-udp-socket.ts";

const gatewayVersion = 8;
const normalClosure = 1_000;
/** Silent frames sent after the last packet, so that decoders do not extrapolate. */
const trailingSilenceFrames = 5;
/** Time after which a ready session counts as stable, and resets the count of resume attempts. */
const stableSessionMs = 10_000;
/** Increase of the delay with each reconnect attempt; the first one is immediate. */
const backoffStepMs = 1_000;
/** Maximum time that playback is held until the MLS group is ready: 2 s, many times what it takes. */
const maxHeldFrames = 100;

/** Dependencies of {@link VoiceConnection}. */
export interface VoiceDependencies {
  readonly dialler: Pick<Dialler, "httpsAgent" | "resolveUdp">;
  readonly limits: Pick<VoiceOptions, "connectTimeoutMs" | "resumeAttempts">;
  /** Certificate authorities in addition to those of Node.js, as PEM; null for none. */
  readonly certificateAuthority: string | null;
}

/** Events of {@link VoiceConnection}. */
export interface VoiceEvents {
  /** Audio can be sent from now on, or can no longer be sent; or a heartbeat of a ready connection was answered. */
  stateChanged(state: VoiceState): void;
  /** The connection has ended and stays closed until the next voice server update. */
  closed(code: number, reason: string, byRemote: boolean): void;
}

/** Voice session negotiated with the voice server. It outlives its gateway socket when it is resumed. */
interface VoiceSession {
  readonly udp: VoiceUdpSocket;
  readonly dave: DaveEncryption;
}

type State =
  /** Not connected, until the next voice server update. */
  | { readonly type: "disconnected" }
  /** IDENTIFY is sent when the gateway socket opens; then the host of the voice server is resolved. */
  | { readonly type: "identifying" | "resolving"; readonly socket: VoiceGatewaySocket }
  /** IP discovery finds our external address; then SELECT_PROTOCOL awaits the encryption key. */
  | {
      readonly type: "discovering" | "selecting";
      readonly socket: VoiceGatewaySocket;
      readonly udp: VoiceUdpSocket;
      readonly mode: EncryptionMode;
    }
  | {
      readonly type: "ready";
      readonly socket: VoiceGatewaySocket;
      readonly session: VoiceSession;
      readonly sinceMs: number;
    }
  /** The gateway socket was lost. The timer starts a resume, or a new identification without a session. */
  | {
      readonly type: "reconnecting";
      readonly session: VoiceSession | undefined;
      readonly timer: NodeJS.Timeout;
    }
  | { readonly type: "resuming"; readonly socket: VoiceGatewaySocket; readonly session: VoiceSession };

/** The gateway socket that a state owns. */
const socketOf = (state: State): VoiceGatewaySocket | undefined =>
  "socket" in state ? state.socket : undefined;

/** The session that a state owns. */
const sessionOf = (state: State): VoiceSession | undefined =>
  "session" in state ? state.session : undefined;

/** The UDP socket that a state owns, directly or through its session. */
const udpOf = (state: State): VoiceUdpSocket | undefined =>
  "udp" in state ? state.udp : sessionOf(state)?.udp;

/**
 * Connection to a Discord call: the voice gateway, version 8, and the UDP socket that sends audio. A voice
 * server update starts a new session; a lost gateway socket is replaced and the session resumed, as far as
 * Discord allows.
 */
export class VoiceConnection {
  readonly #dependencies: VoiceDependencies;
  readonly #events: VoiceEvents;
  #server: VoiceServer | undefined;
  #state: State = { type: "disconnected" };
  /** Runs from a voice server update, or the loss of a ready connection, until audio can be sent. */
  #deadline: NodeJS.Timeout | undefined;
  #attempts = 0;
  #members = new CallMembers();
  #isSpeaking = false;
  #silentFramesLeft = 0;
  #heldFrames = 0;
  /** Packets of the UDP sockets that were closed. */
  #closedCounts: VoicePacketCounts = { sent: 0, failed: 0, heldBack: 0 };

  constructor(dependencies: VoiceDependencies, events: VoiceEvents) {
    this.#dependencies = dependencies;
    this.#events = events;
  }

  /** Whether audio can be sent. */
  get isReady(): boolean {
    return this.#state.type === "ready";
  }

  /** Whether audio can be sent and is end-to-end encrypted. */
  get isEndToEndEncrypted(): boolean {
    return this.#state.type === "ready" && this.#state.session.dave.isActive;
  }

  /** Packet counts since the connection was created, over all its sessions. */
  get counts(): VoicePacketCounts {
    const current = udpOf(this.#state)?.counts;
    const { sent, failed, heldBack } = this.#closedCounts;
    if (!current) return this.#closedCounts;
    return {
      sent: sent + current.sent,
      failed: failed + current.failed,
      heldBack: heldBack + current.heldBack,
    };
  }

  /** Connects as a voice server update requests. Ignores a repetition of the current one. */
  update(server: VoiceServer): void {
    if (this.#state.type !== "disconnected" && this.#server && isSameVoiceServer(this.#server, server))
      return;
    this.#transition({ type: "disconnected" });
    this.#server = server;
    this.#attempts = 0;
    this.#startDeadline();
    this.#identify(server);
  }

  /**
   * Returns whether to pause playback for this frame instead of calling {@link sendFrame}: the call has other
   * members, and the MLS group that lets them decrypt audio is not ready yet. Holds for at most 2 s.
   */
  holdPlayback(): boolean {
    if (this.#state.type !== "ready") return false;
    const { udp, dave } = this.#state.session;
    if (dave.canEncrypt) {
      this.#heldFrames = 0;
      return false;
    }
    if (this.#members.isEmpty || this.#heldFrames >= maxHeldFrames) return false;
    this.#heldFrames++;
    udp.skipFrame();
    return true;
  }

  /** Sends the packet of this 20 ms frame; null if the player is silent. */
  sendFrame(packet: Uint8Array | null): void {
    if (this.#state.type !== "ready") return;
    const { socket, session } = this.#state;
    const { udp, dave } = session;
    if (packet) {
      if (!this.#isSpeaking) this.#setSpeaking(socket, udp, true);
      this.#silentFramesLeft = trailingSilenceFrames;
      udp.send(packet, dave);
    } else if (this.#silentFramesLeft > 0) {
      this.#silentFramesLeft--;
      udp.sendSilence();
    } else {
      if (this.#isSpeaking) this.#setSpeaking(socket, udp, false);
      udp.skipFrame();
    }
  }

  /** Leaves the call. */
  close(): void {
    this.#transition({ type: "disconnected" });
    this.#server = undefined;
  }

  /**
   * Changes the state; nothing else does. Releases what the previous state owned and the next one does not.
   */
  #transition(next: State): void {
    const previous = this.#state;
    const { counts } = this;
    this.#state = next;
    if (next.type === "ready" || next.type === "disconnected") clearTimeout(this.#deadline);
    if (previous.type === "reconnecting") clearTimeout(previous.timer);
    const session = sessionOf(previous);
    if (session !== sessionOf(next)) session?.dave.close();
    const udp = udpOf(previous);
    if (udp && udp !== udpOf(next)) {
      this.#closedCounts = counts;
      udp.close();
    }
    const socket = socketOf(previous);
    if (socket !== socketOf(next)) socket?.close(normalClosure);
    if (next.type === "ready") {
      this.#isSpeaking = false;
      this.#silentFramesLeft = 0;
      this.#heldFrames = 0;
    }
    const isReady = next.type === "ready";
    if ((previous.type === "ready") !== isReady) this.#reportState();
  }

  #reportState(): void {
    const { isReady } = this;
    this.#events.stateChanged({
      isConnected: isReady,
      pingMs: isReady ? (socketOf(this.#state)?.pingMs ?? -1) : -1,
    });
  }

  #setSpeaking(socket: VoiceGatewaySocket, { ssrc }: VoiceUdpSocket, isSpeaking: boolean): void {
    this.#isSpeaking = isSpeaking;
    socket.send(VoiceOpcode.SPEAKING, { speaking: isSpeaking ? 1 : 0, delay: 0, ssrc });
  }

  /** Opens a gateway socket that sends `greeting` first. */
  #openSocket(server: VoiceServer, sequence: number, op: number, greeting: GatewayData): VoiceGatewaySocket {
    const { dialler, certificateAuthority } = this.#dependencies;
    const options: ClientOptions = { agent: dialler.httpsAgent };
    if (certificateAuthority !== null) options.ca = certificateAuthority;
    const url = `wss://${server.endpoint}/?v=${gatewayVersion}`;
    const socket: VoiceGatewaySocket = new VoiceGatewaySocket(url, sequence, options, {
      opened: () => this.#isCurrent(socket) && socket.send(op, greeting),
      message: (message) => this.#isCurrent(socket) && this.#handleMessage(socket, message),
      pinged: () => this.#isCurrent(socket) && this.isReady && this.#reportState(),
      limitExceeded: () =>
        this.#isCurrent(socket) &&
        this.#end(
          VoiceErrorCode.policyViolation,
          "The voice server sends more messages than a call needs",
          false,
        ),
      closed: (code, reason) => this.#isCurrent(socket) && this.#handleClose(code, reason),
    });
    return socket;
  }

  #isCurrent(socket: VoiceGatewaySocket): boolean {
    return socketOf(this.#state) === socket;
  }

  #identify(server: VoiceServer): void {
    const { guildId, userId, sessionId, token, channelId } = server;
    this.#members = new CallMembers();
    const socket = this.#openSocket(server, -1, VoiceOpcode.IDENTIFY, {
      server_id: guildId,
      user_id: userId,
      session_id: sessionId,
      token,
      // The channel id is the MLS group id, so DAVE is impossible without it.
      max_dave_protocol_version: channelId === null ? 0 : maxDaveVersion,
    });
    this.#transition({ type: "identifying", socket });
  }

  #resume(server: VoiceServer, session: VoiceSession, sequence: number): void {
    const { guildId, sessionId, token } = server;
    const greeting = { server_id: guildId, session_id: sessionId, token, seq_ack: sequence };
    const socket = this.#openSocket(server, sequence, VoiceOpcode.RESUME, greeting);
    this.#transition({ type: "resuming", socket, session });
  }

  #startDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#end(VoiceErrorCode.abnormalClosure, "The voice server did not respond in time", false),
      this.#dependencies.limits.connectTimeoutMs,
    );
  }

  #handleMessage(socket: VoiceGatewaySocket, message: GatewayMessage): void {
    try {
      if (message.type === "binary") sessionOf(this.#state)?.dave.handleBinary(message.op, message.data);
      else this.#handleJson(socket, message.op, message.data);
    } catch (error) {
      this.#fail(error);
    }
  }

  #handleJson(socket: VoiceGatewaySocket, op: number, data: GatewayData): void {
    const dave = sessionOf(this.#state)?.dave;
    switch (op) {
      case VoiceOpcode.READY:
        if (this.#state.type === "identifying") void this.#openUdp(socket, readReady(data));
        break;
      case VoiceOpcode.SESSION_DESCRIPTION:
        this.#startSession(data);
        break;
      case VoiceOpcode.RESUMED:
        if (this.#state.type === "resuming") this.#becomeReady(socket, this.#state.session);
        break;
      case VoiceOpcode.CLIENTS_CONNECT:
        this.#members.add(readJoinedUsers(data));
        break;
      case VoiceOpcode.CLIENT_DISCONNECT: {
        const id = readLeftUser(data);
        if (id !== undefined) this.#members.remove(id);
        break;
      }
      case VoiceOpcode.DAVE_PREPARE_TRANSITION:
        dave?.prepareTransition(readTransition(data), readVersion(data));
        break;
      case VoiceOpcode.DAVE_EXECUTE_TRANSITION:
        dave?.executeTransition(readTransition(data));
        break;
      case VoiceOpcode.DAVE_PREPARE_EPOCH:
        dave?.prepareEpoch(readEpoch(data), readVersion(data));
        break;
      default:
    }
  }

  /** Resolves the UDP host of READY and starts IP discovery, which ends with SELECT_PROTOCOL. */
  async #openUdp(socket: VoiceGatewaySocket, { host, port, ssrc, mode }: ReadyData): Promise<void> {
    this.#transition({ type: "resolving", socket });
    try {
      const { address } = await this.#dependencies.dialler.resolveUdp(host);
      if (!this.#isCurrent(socket)) return;
      const udp = new VoiceUdpSocket(address, port, ssrc, (external) => {
        this.#transition({ type: "selecting", socket, udp, mode });
        socket.send(VoiceOpcode.SELECT_PROTOCOL, { protocol: "udp", data: { ...external, mode } });
      });
      this.#transition({ type: "discovering", socket, udp, mode });
    } catch (error) {
      if (this.#isCurrent(socket)) this.#fail(error);
    }
  }

  #startSession(data: GatewayData): void {
    const state = this.#state;
    const server = this.#server;
    if (state.type !== "selecting" || !server) return;
    const { socket, udp, mode } = state;
    const { key, daveVersion } = readSessionDescription(data, mode);
    if (daveVersion > 0 && server.channelId === null) throw channelMissing();
    udp.setCipher(new TransportCipher(mode, key));
    const { userId, channelId } = server;
    const identity = { userId, channelId: channelId ?? "0" };
    const dave = new DaveEncryption(daveVersion, identity, this.#members, {
      send: (op, body) => socketOf(this.#state)?.send(op, body),
      sendBinary: (op, payload) => socketOf(this.#state)?.sendBinary(op, payload),
    });
    this.#becomeReady(socket, { udp, dave });
  }

  #becomeReady(socket: VoiceGatewaySocket, session: VoiceSession): void {
    this.#transition({ type: "ready", socket, session, sinceMs: performance.now() });
  }

  /** Handles the loss of the gateway socket: reconnects after a delay, or ends the connection. */
  #handleClose(code: number, reason: string): void {
    const state = this.#state;
    const server = this.#server;
    if (!("socket" in state) || !server) return;
    if (state.type === "ready") {
      if (performance.now() - state.sinceMs >= stableSessionMs) this.#attempts = 0;
      this.#startDeadline();
    }
    if (closeAction(code) === "wait" || ++this.#attempts > this.#dependencies.limits.resumeAttempts) {
      const isChannelMissing = code === VoiceErrorCode.endToEndRequired && server.channelId === null;
      const message = isChannelMissing ? channelMissing().message : reason;
      this.#end(code, message, code !== VoiceErrorCode.abnormalClosure);
      return;
    }
    const session = sessionOf(state);
    const { sequence } = state.socket;
    const timer = setTimeout(
      () => (session ? this.#resume(server, session, sequence) : this.#identify(server)),
      backoffStepMs * (this.#attempts - 1),
    );
    // Without a session the transition also closes the UDP socket, because the next attempt opens its own.
    this.#transition({ type: "reconnecting", session, timer });
  }

  #fail(error: unknown): void {
    const { code, message } = toVoiceError(error);
    this.#end(code, message, false);
  }

  #end(code: number, reason: string, byRemote: boolean): void {
    this.#transition({ type: "disconnected" });
    this.#events.closed(code, reason, byRemote);
  }
}

const channelMissing = (): VoiceError =>
  new VoiceError(
    VoiceErrorCode.endToEndRequired,
    "The call is end-to-end encrypted: the voice server update must include its channelId",
  );
