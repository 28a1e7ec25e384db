import { createSocket, type Socket } from "node:dgram";
import type { DaveEncryption } from "./dave-encryption.ts";
import { discoveryRequest, type ExternalAddress, readDiscoveryResponse } from "./ip-discovery.ts";
import { RtpStream } from "./rtp-stream.ts";
import type { TransportCipher } from "./transport-cipher.ts";

/** Requests go missing; the last one is given up when the connection as a whole is. */
const discoveryIntervalMs = 500;
/** Ticks without a packet after which one is sent so that nobody on the way forgets the address: 5 s. */
const keepAliveTicks = 250;
const keepAliveBytes = 8;
/** Bytes of what arrives that the system keeps for us; it makes them as many as it must. */
const minReceiveBytes = 1;
/**
 * An Opus packet of 20 ms that holds silence, the one that Discord names for the end of a transmission: voice
 * servers and all members of an encrypted call know it by its bytes, and take it as it is.
 */
const silencePacket = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Packets that a link has sent or could not send. */
export interface VoicePacketCounts {
  /** Handed to the network. */
  readonly sent: number;
  /** Refused by the network of this machine. */
  readonly failed: number;
  /** Held back because there was nobody yet who could have decrypted them. */
  readonly heldBack: number;
}

/** The UDP side of a voice connection: finds out our own address, then sends audio. */
export class VoiceUdpSocket {
  /** Number of the sender, from the voice server. */
  readonly ssrc: number;
  readonly #socket: Socket;
  readonly #rtp: RtpStream;
  #cipher: TransportCipher | null = null;
  #discoveryTimer: ReturnType<typeof setInterval> | undefined;
  #idleTicks = 0;
  #keepAliveCounter = 0;
  #sent = 0;
  #failed = 0;
  #heldBack = 0;

  /**
   * @param host - IP address, already checked.
   * @param found - Told once where our packets come from; asked until there is an answer or the link is closed.
   */
  constructor(host: string, port: number, ssrc: number, found: (own: ExternalAddress) => void) {
    this.ssrc = ssrc;
    this.#rtp = new RtpStream(ssrc);
    this.#socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    this.#socket.unref();
    // A link that never finds its address is given up when the connection as a whole is.
    this.#socket.on("error", () => this.#failed++);
    this.#socket.on("message", (packet) => this.#handleDiscoveryResponse(packet, found));
    // Connected, the socket takes packets of nobody else, and the system looks the way up only once.
    this.#socket.connect(port, host);
    this.#socket.on("connect", () => this.#startDiscovery());
  }

  /** Since the link was made. */
  get counts(): VoicePacketCounts {
    return { sent: this.#sent, failed: this.#failed, heldBack: this.#heldBack };
  }

  /** Takes the key of the transport. */
  setCipher(cipher: TransportCipher): void {
    this.#cipher = cipher;
    // Nobody here listens to the call. What its members say, and whatever else might be sent here, is left
    // with the system, which throws it away: a flood must not take the time of this thread.
    this.#socket.setRecvBufferSize(minReceiveBytes);
  }

  /** Sends the packet of this tick. */
  send(packet: Uint8Array, endToEnd: DaveEncryption): void {
    this.#sendPayload(endToEnd.encrypt(packet));
  }

  /** Sends silence in this tick. */
  sendSilence(): void {
    this.#sendPayload(silencePacket);
  }

  /** There is no packet in this tick. */
  skipFrame(): void {
    this.#rtp.advanceFrame();
    if (++this.#idleTicks < keepAliveTicks) return;
    this.#idleTicks = 0;
    const packet = Buffer.alloc(keepAliveBytes);
    this.#keepAliveCounter = (this.#keepAliveCounter + 1) >>> 0;
    packet.writeUInt32LE(this.#keepAliveCounter);
    this.#transmit(packet);
  }

  /** Lets go of the socket and the key. */
  close(): void {
    clearInterval(this.#discoveryTimer);
    this.#discoveryTimer = undefined;
    this.#cipher = null;
    this.#socket.close();
  }

  #startDiscovery(): void {
    const request = discoveryRequest(this.ssrc);
    this.#discoveryTimer = setInterval(() => this.#transmit(request), discoveryIntervalMs);
    this.#transmit(request);
  }

  #handleDiscoveryResponse(packet: Buffer, found: (own: ExternalAddress) => void): void {
    if (this.#discoveryTimer === undefined) return;
    const own = readDiscoveryResponse(packet, this.ssrc);
    if (!own) return;
    clearInterval(this.#discoveryTimer);
    this.#discoveryTimer = undefined;
    found(own);
  }

  #sendPayload(payload: Uint8Array | null): void {
    this.#rtp.advanceFrame();
    if (!payload || !this.#cipher) {
      this.#heldBack++;
      return;
    }
    this.#idleTicks = 0;
    this.#sent++;
    this.#transmit(this.#cipher.seal(this.#rtp.nextHeader(), payload));
  }

  #transmit(packet: Uint8Array): void {
    this.#socket.send(packet, (error) => {
      if (error) this.#failed++;
    });
  }
}
