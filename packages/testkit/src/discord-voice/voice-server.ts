import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Certificate } from "../certificates.ts";
import { WaitList } from "../wait-list.ts";
import { openPacket } from "./transport.ts";
import { type Committer, isEncrypted, VoiceCall } from "./voice-call.ts";

/** Opcodes of the voice gateway, version 8. */
const Op = {
  identify: 0,
  selectProtocol: 1,
  ready: 2,
  heartbeat: 3,
  sessionDescription: 4,
  speaking: 5,
  heartbeatAck: 6,
  resume: 7,
  hello: 8,
  resumed: 9,
  clientsConnect: 11,
  clientDisconnect: 13,
  prepareTransition: 21,
  transitionReady: 23,
  keyPackage: 26,
  commitWelcome: 28,
  invalidCommitWelcome: 31,
} as const;

/** Ids of the channel and of the listener in every call. */
export const testCall = Object.freeze({ channelId: "900", listenerId: "77" });

/** SSRC of the first sender; each further session gets the next one. */
const firstSsrc = 4_242;

/** Options of {@link DiscordVoiceServer.start}. */
export interface VoiceServerOptions {
  /** Offered encryption modes. Default: AES-GCM and XChaCha20. */
  readonly modes?: readonly string[];
  /** Whether calls are end-to-end encrypted, from the start or after an upgrade. Default: true. */
  readonly endToEnd?: boolean | "later";
  /** Whether clients without end-to-end encryption are rejected. Default: false. */
  readonly needsEndToEnd?: boolean;
  /** Member that commits when the group is founded. Default: the listener. */
  readonly founder?: Committer;
  /** Heartbeat interval in ms. Default: 5,000. */
  readonly heartbeatMs?: number;
  /** Number of first sessions whose connection is cut after Identify. Default: 0. */
  readonly cutsOff?: number;
  /** Whether IP discovery is answered. Default: true. */
  readonly answersDiscovery?: boolean;
}

/** A received packet, decrypted. */
export interface HeardPacket {
  readonly sequence: number;
  readonly timestamp: number;
  /** The Opus packet; null if end-to-end decryption failed. */
  readonly opus: Buffer | null;
  /** Whether it was end-to-end encrypted. */
  readonly encrypted: boolean;
  /** Arrival time on the clock of `performance.now()`. */
  readonly atMs: number;
}

/** The session of one client, with everything that was received from it. */
export class VoiceSession {
  readonly userId: string;
  /** SSRC of the client. */
  readonly ssrc: number;
  readonly identify: Readonly<Record<string, unknown>>;
  readonly key: Buffer = randomBytes(32);
  readonly packets: HeardPacket[] = [];
  readonly speaking: number[] = [];
  /** Number of packets that the transport key could not decrypt. */
  garbled = 0;
  mode = "";
  socket: WebSocket;
  /** Last sequence number that the client reported at each resume. */
  readonly resumed: number[] = [];
  /** Last sequence number that a heartbeat acknowledged. */
  acknowledged = -1;
  call: VoiceCall | null = null;
  sequence = 0;
  /** All messages sent; the first one has the sequence number 1. */
  readonly #sent: (string | Buffer)[] = [];

  constructor(userId: string, ssrc: number, identify: Readonly<Record<string, unknown>>, socket: WebSocket) {
    this.userId = userId;
    this.ssrc = ssrc;
    this.identify = identify;
    this.socket = socket;
  }

  /** Sends a numbered message. */
  send(op: number, data: unknown): void {
    this.#deliver(JSON.stringify({ op, d: data, seq: ++this.sequence }));
  }

  /** Sends a numbered binary message. */
  sendBinary(op: number, payload: Buffer): void {
    const head = Buffer.alloc(3);
    head.writeUInt16BE(++this.sequence);
    head.writeUInt8(op, 2);
    this.#deliver(Buffer.concat([head, payload]));
  }

  /** Continues over another connection and replays the messages after a sequence number. */
  resume(socket: WebSocket, sequence: number): void {
    this.socket = socket;
    this.resumed.push(sequence);
    for (const message of this.#sent.slice(sequence)) socket.send(message);
  }

  #deliver(message: string | Buffer): void {
    this.#sent.push(message);
    this.socket.send(message);
  }
}

/**
 * A Discord voice server for tests: the gateway over TLS, audio over UDP with real encryption, and an
 * end-to-end encrypted call whose second member decrypts the received frames.
 */
export class DiscordVoiceServer implements AsyncDisposable {
  readonly sessions: VoiceSession[] = [];
  /** Number of connections to the gateway so far. */
  connections = 0;
  /** Number of IP discovery requests so far. */
  questions = 0;
  readonly #options: VoiceServerOptions;
  readonly #https: Server;
  readonly #gateway: WebSocketServer;
  readonly #udp: Socket;
  readonly #waits = new WaitList<null>();
  #silent = false;
  #lastFrom: RemoteInfo | null = null;
  #udpAddress: { readonly ip: string; readonly port: number } | null = null;

  private constructor(certificate: Certificate, options: VoiceServerOptions) {
    this.#options = options;
    this.#https = createServer({ cert: certificate.cert, key: certificate.key });
    this.#gateway = new WebSocketServer({ server: this.#https });
    this.#gateway.on("connection", (socket) => this.#handleConnection(socket));
    this.#udp = createSocket("udp4");
    this.#udp.on("message", (packet, from) => this.#handlePacket(packet, from));
  }

  /** Starts a server on free ports of the loopback interface. */
  static async start(
    certificate: Certificate,
    options: VoiceServerOptions = {},
  ): Promise<DiscordVoiceServer> {
    const server = new DiscordVoiceServer(certificate, options);
    server.#https.listen(0, "127.0.0.1");
    server.#udp.bind(0, "127.0.0.1");
    await Promise.all([once(server.#https, "listening"), once(server.#udp, "listening")]);
    return server;
  }

  /** Host and port of the gateway, as a voice server update names them. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#https.address() as AddressInfo).port}`;
  }

  /** Number of open connections to the gateway. */
  get clients(): number {
    return this.#gateway.clients.size;
  }

  /** Port that receives packets. */
  get udpPort(): number {
    return this.#udp.address().port;
  }

  /** Announces another UDP address to clients that identify from now on. */
  sendPacketsTo(ip: string, port: number): void {
    this.#udpAddress = { ip, port };
  }

  /** The newest session. */
  get session(): VoiceSession {
    const last = this.sessions.at(-1);
    if (!last) throw new Error("no client has identified");
    return last;
  }

  /** Waits until a condition holds; it is checked at each arrival. `what` describes it in the error. */
  async until(holds: () => boolean, what: string): Promise<void> {
    if (holds()) return;
    await this.#waits.wait(holds, {}, (ms) => `waited ${ms} ms for ${what}`);
  }

  /** Sends a packet to the client that sent the last one. */
  sendPacket(packet: Buffer): void {
    if (this.#lastFrom) this.#udp.send(packet, this.#lastFrom.port, this.#lastFrom.address);
  }

  /** Closes the gateway's connections with a code. */
  close(code: number, reason = ""): void {
    for (const socket of this.#gateway.clients) socket.close(code, reason);
  }

  /** Terminates the gateway's connections without a close frame. */
  cut(): void {
    for (const socket of this.#gateway.clients) socket.terminate();
  }

  /** Stops answering, but still accepts connections. */
  stall(): void {
    this.#silent = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#udp.close();
    this.#gateway.close();
    this.#https.closeAllConnections();
    this.#https.close();
    await once(this.#https, "close");
  }

  #handleConnection(socket: WebSocket): void {
    socket.on("error", () => {});
    this.connections++;
    this.#waits.offer(null);
    if (this.#silent) return;
    let session: VoiceSession | undefined;
    const { heartbeatMs = 5_000 } = this.#options;
    socket.send(JSON.stringify({ op: Op.hello, d: { v: 8, heartbeat_interval: heartbeatMs } }));
    socket.on("message", (data, binary) => {
      if (this.#silent) return;
      const bytes = data as Buffer;
      if (binary) this.#handleBinary(session, bytes);
      else session = this.#handleJson(socket, session, bytes.toString()) ?? session;
      this.#waits.offer(null);
    });
    socket.on("close", () => this.#waits.offer(null));
  }

  #handleJson(socket: WebSocket, session: VoiceSession | undefined, text: string): VoiceSession | undefined {
    const { op, d } = JSON.parse(text) as { op: number; d: Record<string, unknown> };
    switch (op) {
      case Op.heartbeat:
        socket.send(JSON.stringify({ op: Op.heartbeatAck, d: { t: d["t"] } }));
        if (session) session.acknowledged = Number(d["seq_ack"]);
        return session;
      case Op.identify:
        return this.#identify(socket, d);
      case Op.resume:
        return this.#resume(socket, d);
      case Op.selectProtocol:
        if (session) this.#describe(session, d);
        return session;
      case Op.speaking:
        session?.speaking.push(Number(d["speaking"]));
        return session;
      case Op.transitionReady:
        session?.call?.ready.push(Number(d["transition_id"]));
        return session;
      case Op.invalidCommitWelcome:
        session?.call?.refused.push(Number(d["transition_id"]));
        session?.call?.refound();
        return session;
      default:
        return session;
    }
  }

  #identify(socket: WebSocket, data: Readonly<Record<string, unknown>>): VoiceSession {
    const session = new VoiceSession(String(data["user_id"]), firstSsrc + this.sessions.length, data, socket);
    this.sessions.push(session);
    if (this.sessions.length <= (this.#options.cutsOff ?? 0)) {
      socket.terminate();
      return session;
    }
    const modes = this.#options.modes ?? ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"];
    if (this.#options.needsEndToEnd && data["max_dave_protocol_version"] === 0) {
      socket.close(4_017, "E2EE/DAVE protocol required");
      return session;
    }
    const { address, port } = this.#udp.address();
    const udp = this.#udpAddress ?? { ip: address, port };
    session.send(Op.ready, { ssrc: session.ssrc, ...udp, modes, heartbeat_interval: 1 });
    return session;
  }

  #resume(socket: WebSocket, data: Readonly<Record<string, unknown>>): VoiceSession | undefined {
    const session = this.sessions.findLast(({ identify }) => identify["session_id"] === data["session_id"]);
    if (!session) {
      socket.close(4_006, "Session is no longer valid");
      return undefined;
    }
    session.resume(socket, Number(data["seq_ack"]));
    session.send(Op.resumed, null);
    return session;
  }

  #describe(session: VoiceSession, data: Readonly<Record<string, unknown>>): void {
    const { mode } = data["data"] as { mode: string };
    session.mode = mode;
    const endToEnd = this.#options.endToEnd ?? true;
    session.send(Op.clientsConnect, { user_ids: [testCall.listenerId] });
    session.send(Op.sessionDescription, {
      mode,
      secret_key: [...session.key],
      dave_protocol_version: endToEnd === true ? 1 : 0,
    });
    if (endToEnd === false) return;
    const { channelId, listenerId } = testCall;
    session.call = new VoiceCall(channelId, session.userId, listenerId, endToEnd === true, {
      send: (op, body) => session.send(op, body),
      sendBinary: (op, payload) => session.sendBinary(op, payload),
    });
    if (endToEnd === true) session.call.begin();
  }

  #handleBinary(session: VoiceSession | undefined, bytes: Buffer): void {
    const op = bytes.readUInt8(0);
    const payload = bytes.subarray(1);
    const { founder = "listener commits" } = this.#options;
    if (op === Op.keyPackage) session?.call?.takeKeyPackage(payload, founder);
    if (op === Op.commitWelcome) session?.call?.takeCommit(payload);
  }

  #handlePacket(packet: Buffer, from: RemoteInfo): void {
    this.#lastFrom = from;
    if (packet.length === 74 && packet.readUInt16BE(0) === 1) this.#answerDiscovery(packet, from);
    else if (packet.length > 8) this.#decryptPacket(packet);
    this.#waits.offer(null);
  }

  #answerDiscovery(packet: Buffer, { address, port }: RemoteInfo): void {
    this.questions++;
    if (this.#options.answersDiscovery === false || this.#silent) return;
    const answer = Buffer.from(packet);
    answer.writeUInt16BE(2);
    answer.fill(0, 8, 72);
    answer.write(address, 8);
    answer.writeUInt16BE(port, 72);
    this.#udp.send(answer, port, address);
  }

  #decryptPacket(packet: Buffer): void {
    const session = this.sessions[packet.readUInt32BE(8) - firstSsrc];
    if (!session) return;
    const opened = openPacket(packet, session.mode, session.key);
    if (!opened) {
      session.garbled++;
      return;
    }
    const { sequence, timestamp, payload } = opened;
    const opus = session.call ? session.call.decrypt(payload) : payload;
    const encrypted = isEncrypted(payload);
    session.packets.push({ sequence, timestamp, opus, encrypted, atMs: performance.now() });
  }
}
