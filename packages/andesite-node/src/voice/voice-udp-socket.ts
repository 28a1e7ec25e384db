import { createSocket, type Socket } from "node:dgram";
import type { DaveEncryption } from "./dave-encryption.ts";
import { discoveryRequest, type ExternalAddress, readDiscoveryResponse } from "./ip-discovery.ts";
import { RtpStream } from "./rtp-stream.ts";
import type { TransportCipher } from "./transport-cipher.ts";

/** Interval at which IP discovery requests are repeated, until the connection's deadline. */
const discoveryIntervalMs = 500;
/** Frames without a packet after which a keep-alive is sent, so that NAT mappings stay open: 5 s. */
const keepAliveFrames = 250;
const keepAliveBytes = 8;
/** Requested size of the receive buffer; the system raises it to its minimum. */
const minReceiveBytes = 1;
/**
 * Opus packet with 20 ms of silence that Discord documents for the end of a transmission. It is sent without
 * end-to-end encryption: voice servers and members of encrypted calls recognise it by its bytes.
 */
const silencePacket = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Packet counts of a UDP socket. */
export interface VoicePacketCounts {
  /** Sent to the network. */
  readonly sent: number;
  /** Rejected by the operating system. */
  readonly failed: number;
  /** Held back because no member of the call could decrypt them yet. */
  readonly heldBack: number;
}

/** UDP socket of a voice connection: discovers its external address, then sends audio. */
export class VoiceUdpSocket {
  /** Synchronization source, assigned by the voice server. */
  readonly ssrc: number;
  readonly #socket: Socket;
  readonly #rtp: RtpStream;
  #cipher: TransportCipher | undefined;
  #discoveryTimer: ReturnType<typeof setInterval> | undefined;
  #idleFrames = 0;
  #keepAliveCounter = 0;
  #sent = 0;
  #failed = 0;
  #heldBack = 0;

  /**
   * @param host - Validated IP address.
   * @param onDiscovered - Called once with the external address. Discovery is repeated until a response
   *   arrives or the socket is closed.
   */
  constructor(host: string, port: number, ssrc: number, onDiscovered: (external: ExternalAddress) => void) {
    this.ssrc = ssrc;
    this.#rtp = new RtpStream(ssrc);
    this.#socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    this.#socket.unref();
    // A failed discovery is ended by the connection's deadline.
    this.#socket.on("error", () => this.#failed++);
    this.#socket.on("message", (packet) => this.#handleDiscoveryResponse(packet, onDiscovered));
    // A connected socket only receives packets from this peer, and the system resolves the route once.
    this.#socket.connect(port, host);
    this.#socket.on("connect", () => this.#startDiscovery());
  }

  /** Packet counts since the socket was created. */
  get counts(): VoicePacketCounts {
    return { sent: this.#sent, failed: this.#failed, heldBack: this.#heldBack };
  }

  /** Sets the cipher of outgoing packets. */
  setCipher(cipher: TransportCipher): void {
    this.#cipher = cipher;
    // Incoming audio is not used. Shrink the receive buffer so that the system discards it: a flood of
    // packets must not cost CPU time of this thread.
    this.#socket.setRecvBufferSize(minReceiveBytes);
  }

  /** Sends the packet of this frame. */
  send(packet: Uint8Array, endToEnd: DaveEncryption): void {
    this.#sendPayload(endToEnd.encrypt(packet));
  }

  /** Sends silence in this frame. */
  sendSilence(): void {
    this.#sendPayload(silencePacket);
  }

  /** Advances by one frame without a packet. */
  skipFrame(): void {
    this.#rtp.advanceFrame();
    if (++this.#idleFrames < keepAliveFrames) return;
    this.#idleFrames = 0;
    const packet = Buffer.alloc(keepAliveBytes);
    this.#keepAliveCounter = (this.#keepAliveCounter + 1) >>> 0;
    packet.writeUInt32LE(this.#keepAliveCounter);
    this.#transmit(packet);
  }

  /** Closes the socket and drops the key. */
  close(): void {
    clearInterval(this.#discoveryTimer);
    this.#discoveryTimer = undefined;
    this.#cipher = undefined;
    this.#socket.close();
  }

  #startDiscovery(): void {
    const request = discoveryRequest(this.ssrc);
    this.#discoveryTimer = setInterval(() => this.#transmit(request), discoveryIntervalMs);
    this.#transmit(request);
  }

  #handleDiscoveryResponse(packet: Buffer, onDiscovered: (external: ExternalAddress) => void): void {
    if (this.#discoveryTimer === undefined) return;
    const external = readDiscoveryResponse(packet, this.ssrc);
    if (!external) return;
    clearInterval(this.#discoveryTimer);
    this.#discoveryTimer = undefined;
    onDiscovered(external);
  }

  #sendPayload(payload: Uint8Array | undefined): void {
    this.#rtp.advanceFrame();
    if (!payload || !this.#cipher) {
      this.#heldBack++;
      return;
    }
    this.#idleFrames = 0;
    this.#sent++;
    this.#transmit(this.#cipher.seal(this.#rtp.nextHeader(), payload));
  }

  #transmit(packet: Uint8Array): void {
    this.#socket.send(packet, (error) => {
      if (error) this.#failed++;
    });
  }
}
