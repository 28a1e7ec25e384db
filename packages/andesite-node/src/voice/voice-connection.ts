import type { ClientOptions } from "ws";
import type { Dialler } from "../bytes/dialler.ts";
import type { VoiceOptions } from "../options.ts";
import { EndToEnd } from "./end-to-end.ts";
import { closeAction, VoiceOpcode } from "./opcodes.ts";
import { chooseMode, type EncryptionMode, TransportCipher } from "./transport-cipher.ts";
import { type LinkCounts, VoiceLink } from "./voice-link.ts";
import type { VoiceServer } from "./voice-server.ts";
import { brokenCode, type VoiceMessage, VoiceSocket } from "./voice-socket.ts";

/** The highest version of end-to-end encryption that is spoken here. */
const endToEndVersion = 1;
const gatewayVersion = 8;
const normalClosure = 1_000;
/** Silence after the last packet, so that decoders do not make up what comes next. */
const trailingSilence = 5;
const keyBytes = 32;

/** What a connection works with. */
export interface VoiceServices {
  readonly dialler: Dialler;
  readonly limits: Pick<VoiceOptions, "connectTimeoutMs" | "resumeAttempts">;
  /** Authorities beside those that Node.js knows, PEM; null for none. */
  readonly certificateAuthority: string | null;
}

/** What a connection tells. */
export interface VoiceEvents {
  /** Audio can be sent from now on, or cannot. */
  changed(ready: boolean): void;
  /** The connection is over until there is another voice server update. */
  closed(code: number, reason: string, byRemote: boolean): void;
}

interface Ready {
  readonly link: VoiceLink;
  readonly endToEnd: EndToEnd;
}

type State =
  /** There is nothing to connect to. */
  | { readonly kind: "waiting" }
  /** On the way to a session of its own, or back to the one that was lost. */
  | {
      readonly kind: "connecting" | "resuming";
      readonly socket: VoiceSocket;
      readonly link: VoiceLink | null;
      readonly endToEnd: EndToEnd | null;
    }
  | {
      readonly kind: "pausing";
      readonly sequence: number;
      readonly timer: NodeJS.Timeout;
      readonly session: Ready;
    }
  | { readonly kind: "ready"; readonly socket: VoiceSocket; readonly session: Ready };

/** The session cannot go on; the message is told to the client. */
class VoiceError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** There is no mode of encryption that both sides know: the voice gateway's own code for it. */
const unknownMode = 4_016;
/** The call wants end-to-end encryption: the voice gateway's own code for it. */
const endToEndRequired = 4_017;
/** The gateway said something that makes no sense. */
const badGateway = 1_002;

/**
 * Our place in a Discord call: the voice gateway, version 8, and the packets beside it. Every voice server
 * update starts it anew; what is lost in between is resumed, as long as Discord lets us.
 */
export class VoiceConnection {
  readonly #services: VoiceServices;
  readonly #events: VoiceEvents;
  #server: VoiceServer | null = null;
  #state: State = { kind: "waiting" };
  #deadline: NodeJS.Timeout | undefined;
  #attempts = 0;
  #speaking = false;
  #silence = 0;
  #members: string[] = [];
  #before: LinkCounts = { sent: 0, failed: 0, heldBack: 0 };

  constructor(services: VoiceServices, events: VoiceEvents) {
    this.#services = services;
    this.#events = events;
  }

  /** Whether audio can be sent. */
  get ready(): boolean {
    return this.#state.kind === "ready";
  }

  /** Version of the end-to-end encryption that packets are sent in; 0 for none. */
  get endToEndVersion(): number {
    return this.#state.kind === "ready" ? this.#state.session.endToEnd.version : 0;
  }

  /** Code of the call's members to compare; null without end-to-end encryption. */
  get privacyCode(): string | null {
    return this.#state.kind === "ready" ? this.#state.session.endToEnd.privacyCode : null;
  }

  /** Packets since the connection was made, over all its sessions. */
  get counts(): LinkCounts {
    const now = this.#link?.counts;
    const { sent, failed, heldBack } = this.#before;
    if (!now) return this.#before;
    return { sent: sent + now.sent, failed: failed + now.failed, heldBack: heldBack + now.heldBack };
  }

  /** How long the gateway takes to answer, in ms; null while that is not known. */
  get pingMs(): number | null {
    return this.#state.kind === "ready" ? this.#state.socket.pingMs : null;
  }

  /** Goes where a voice server update says. The one that is there already changes nothing. */
  update(server: VoiceServer): void {
    if (this.#state.kind !== "waiting" && this.#server && isSame(this.#server, server)) return;
    this.#leave(normalClosure);
    this.#server = server;
    this.#attempts = 0;
    this.#members = [];
    this.#connect(server);
  }

  /** The packet of this tick; null where there is none. */
  tick(packet: Uint8Array | null): void {
    if (this.#state.kind !== "ready") return;
    const { socket, session } = this.#state;
    const { link, endToEnd } = session;
    if (packet) {
      if (!this.#speaking) this.#speak(socket, true);
      this.#silence = trailingSilence;
      link.send(packet, endToEnd);
    } else if (this.#silence > 0) {
      this.#silence--;
      link.sendSilence(endToEnd);
    } else {
      if (this.#speaking) this.#speak(socket, false);
      link.idle();
    }
  }

  /** Leaves the call. */
  close(): void {
    this.#leave(normalClosure);
    this.#server = null;
  }

  get #link(): VoiceLink | null {
    const state = this.#state;
    if (state.kind === "waiting") return null;
    return "session" in state ? state.session.link : state.link;
  }

  #speak(socket: VoiceSocket, speaking: boolean): void {
    this.#speaking = speaking;
    const ssrc = this.#ssrc;
    socket.send(VoiceOpcode.SPEAKING, { speaking: speaking ? 1 : 0, delay: 0, ssrc });
  }

  #ssrc = 0;

  #open(server: VoiceServer, sequence: number, opened: (socket: VoiceSocket) => void): VoiceSocket {
    const { dialler, certificateAuthority } = this.#services;
    const options: ClientOptions = { agent: dialler.httpsAgent };
    if (certificateAuthority !== null) options.ca = certificateAuthority;
    const url = `wss://${server.endpoint}/?v=${gatewayVersion}`;
    const socket: VoiceSocket = new VoiceSocket(url, sequence, options, {
      opened: () => this.#isCurrent(socket) && opened(socket),
      message: (message) => this.#isCurrent(socket) && this.#take(socket, message),
      closed: (code, reason) => this.#isCurrent(socket) && this.#lose(code, reason, true),
    });
    return socket;
  }

  #isCurrent(socket: VoiceSocket): boolean {
    return "socket" in this.#state && this.#state.socket === socket;
  }

  #connect(server: VoiceServer): void {
    const { guildId, userId, sessionId, token, channelId } = server;
    const socket = this.#open(server, -1, () =>
      socket.send(VoiceOpcode.IDENTIFY, {
        server_id: guildId,
        user_id: userId,
        session_id: sessionId,
        token,
        // The group is named after the channel; who does not know it cannot enter.
        max_dave_protocol_version: channelId === null ? 0 : endToEndVersion,
      }),
    );
    this.#state = { kind: "connecting", socket, link: null, endToEnd: null };
    this.#setDeadline();
  }

  #resume(server: VoiceServer, session: Ready, sequence: number): void {
    const { guildId, sessionId, token } = server;
    const socket = this.#open(server, sequence, () =>
      socket.send(VoiceOpcode.RESUME, {
        server_id: guildId,
        session_id: sessionId,
        token,
        seq_ack: sequence,
      }),
    );
    this.#state = { kind: "resuming", socket, ...session };
    this.#setDeadline();
  }

  #setDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#lose(brokenCode, "The voice server did not answer in time", false),
      this.#services.limits.connectTimeoutMs,
    );
  }

  #take(socket: VoiceSocket, message: VoiceMessage): void {
    try {
      if (message.binary) this.#endToEnd?.takeBinary(message.op, message.data);
      else this.#takeJson(socket, message.op, message.data);
    } catch (error) {
      const code = error instanceof VoiceError ? error.code : badGateway;
      this.#end(code, error instanceof Error ? error.message : String(error), false);
    }
  }

  get #endToEnd(): EndToEnd | null {
    const state = this.#state;
    if (state.kind === "waiting") return null;
    return "session" in state ? state.session.endToEnd : state.endToEnd;
  }

  #takeJson(socket: VoiceSocket, op: number, data: Readonly<Record<string, unknown>>): void {
    const endToEnd = this.#endToEnd;
    switch (op) {
      case VoiceOpcode.READY:
        void this.#discover(socket, data);
        break;
      case VoiceOpcode.SESSION_DESCRIPTION:
        this.#describe(socket, data);
        break;
      case VoiceOpcode.RESUMED:
        this.#resumed(socket);
        break;
      case VoiceOpcode.CLIENTS_CONNECT: {
        const ids = textsOf(data["user_ids"]);
        this.#members.push(...ids);
        endToEnd?.join(ids);
        break;
      }
      case VoiceOpcode.CLIENT_DISCONNECT: {
        const id = String(data["user_id"]);
        this.#members = this.#members.filter((member) => member !== id);
        endToEnd?.leave(id);
        break;
      }
      case VoiceOpcode.DAVE_PREPARE_TRANSITION:
        endToEnd?.prepareTransition(numberOf(data, "transition_id"), numberOf(data, "protocol_version"));
        break;
      case VoiceOpcode.DAVE_EXECUTE_TRANSITION:
        endToEnd?.executeTransition(numberOf(data, "transition_id"));
        break;
      case VoiceOpcode.DAVE_PREPARE_EPOCH:
        endToEnd?.prepareEpoch(numberOf(data, "epoch"), numberOf(data, "protocol_version"));
        break;
      default:
    }
  }

  async #discover(socket: VoiceSocket, data: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      const mode = chooseMode(textsOf(data["modes"]));
      if (!mode)
        throw new VoiceError(unknownMode, "The voice server offers no encryption that is known here");
      const [port, ssrc] = [numberOf(data, "port"), numberOf(data, "ssrc")];
      const { address } = await this.#services.dialler.resolveUdp(String(data["ip"]));
      if (this.#state.kind !== "connecting" || this.#state.socket !== socket) return;
      this.#state.link?.close();
      const link = new VoiceLink(address, port, ssrc);
      this.#ssrc = ssrc;
      this.#state = { ...this.#state, link };
      link.discover((own) => this.#select(socket, own, mode));
    } catch (error) {
      if (!this.#isCurrent(socket)) return;
      const code = error instanceof VoiceError ? error.code : badGateway;
      this.#end(code, error instanceof Error ? error.message : String(error), false);
    }
  }

  #select(socket: VoiceSocket, own: { address: string; port: number }, mode: EncryptionMode): void {
    socket.send(VoiceOpcode.SELECT_PROTOCOL, { protocol: "udp", data: { ...own, mode } });
  }

  #describe(socket: VoiceSocket, data: Readonly<Record<string, unknown>>): void {
    const state = this.#state;
    const server = this.#server;
    if (state.kind !== "connecting" || !state.link || !server) return;
    const mode = chooseMode([String(data["mode"])]);
    const key = Uint8Array.from(numbersOf(data["secret_key"]));
    if (!mode || key.length !== keyBytes)
      throw new VoiceError(unknownMode, "The voice server sent no usable key");
    const version = data["dave_protocol_version"] === undefined ? 0 : numberOf(data, "dave_protocol_version");
    if (version > 0 && server.channelId === null) {
      throw new VoiceError(
        endToEndRequired,
        "The call is end-to-end encrypted: the voice server update has to name its channelId",
      );
    }
    state.link.encryptWith(new TransportCipher(mode, key));
    const identity = { userId: server.userId, channelId: server.channelId ?? "0" };
    const endToEnd = new EndToEnd(version, identity, {
      send: (op, body) => this.#send((current) => current.send(op, body)),
      sendBinary: (op, payload) => this.#send((current) => current.sendBinary(op, payload)),
    });
    endToEnd.join(this.#members);
    this.#becomeReady(socket, { link: state.link, endToEnd });
  }

  #send(send: (socket: VoiceSocket) => void): void {
    if ("socket" in this.#state) send(this.#state.socket);
  }

  #resumed(socket: VoiceSocket): void {
    const { link = null, endToEnd = null } = this.#state.kind === "resuming" ? this.#state : {};
    if (link && endToEnd) this.#becomeReady(socket, { link, endToEnd });
  }

  #becomeReady(socket: VoiceSocket, session: Ready): void {
    clearTimeout(this.#deadline);
    this.#state = { kind: "ready", socket, session };
    this.#attempts = 0;
    this.#speaking = false;
    this.#events.changed(true);
  }

  /** The gateway closed the connection, or does not answer. */
  #lose(code: number, reason: string, byRemote: boolean): void {
    const { limits } = this.#services;
    const state = this.#state;
    const link = this.#link;
    const endToEnd = this.#endToEnd;
    const sequence = "socket" in state ? state.socket.sequence : -1;
    if (closeAction(code) === "wait" || !link || !endToEnd || ++this.#attempts > limits.resumeAttempts) {
      this.#end(code, reason, byRemote);
      return;
    }
    clearTimeout(this.#deadline);
    if ("socket" in state) state.socket.cut();
    const session = { link, endToEnd };
    const timer = setTimeout(
      () => this.#server && this.#resume(this.#server, session, sequence),
      1_000 * (this.#attempts - 1),
    );
    this.#state = { kind: "pausing", sequence, timer, session };
    if (state.kind === "ready") this.#events.changed(false);
  }

  #end(code: number, reason: string, byRemote: boolean): void {
    this.#leave(normalClosure);
    this.#events.closed(code, reason, byRemote);
  }

  #leave(code: number): void {
    const state = this.#state;
    clearTimeout(this.#deadline);
    this.#before = this.counts;
    this.#link?.close();
    this.#endToEnd?.close();
    this.#state = { kind: "waiting" };
    if (state.kind === "pausing") clearTimeout(state.timer);
    else if (state.kind !== "waiting") state.socket.close(code);
    if (state.kind === "ready") this.#events.changed(false);
  }
}

const isSame = (one: VoiceServer, other: VoiceServer): boolean =>
  one.sessionId === other.sessionId &&
  one.endpoint === other.endpoint &&
  one.token === other.token &&
  one.channelId === other.channelId;

function numberOf(data: Readonly<Record<string, unknown>>, name: string): number {
  const value = data[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new VoiceError(badGateway, `The voice server sent no usable ${name}`);
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];

const numbersOf = (value: unknown): readonly number[] =>
  Array.isArray(value) ? value.filter((entry): entry is number => typeof entry === "number") : [];
