import { createSocket, type Socket } from "node:dgram";
import { silencePacket } from "../engine/frame.ts";
import type { EndToEnd } from "./end-to-end.ts";
import { discoveryRequest, type OwnAddress, readDiscovery } from "./ip-discovery.ts";
import { RtpStream } from "./rtp-stream.ts";
import type { TransportCipher } from "./transport-cipher.ts";

/** Requests go missing; the last one is given up when the connection as a whole is. */
const discoveryEveryMs = 500;
/** Ticks without a packet after which one is sent so that nobody on the way forgets the address: 5 s. */
const keepAliveTicks = 250;
const keepAliveBytes = 8;

/** Packets that a link has sent or could not send. */
export interface LinkCounts {
  /** Handed to the network. */
  readonly sent: number;
  /** Refused by the network of this machine. */
  readonly failed: number;
  /** Held back because there was nobody yet who could have decrypted them. */
  readonly heldBack: number;
}

/** The UDP side of a voice connection: finds out our own address, then sends audio. */
export class VoiceLink {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  readonly #ssrc: number;
  readonly #rtp: RtpStream;
  #cipher: TransportCipher | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #idleTicks = 0;
  #keepAlive = 0;
  #sent = 0;
  #failed = 0;
  #heldBack = 0;

  /**
   * @param host - IP address, already checked.
   * @param ssrc - Number of the sender, from the voice server.
   */
  constructor(host: string, port: number, ssrc: number) {
    this.#socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    this.#socket.unref();
    this.#socket.on("error", () => this.#failed++);
    this.#host = host;
    this.#port = port;
    this.#ssrc = ssrc;
    this.#rtp = new RtpStream(ssrc);
  }

  /** Since the link was made. */
  get counts(): LinkCounts {
    return { sent: this.#sent, failed: this.#failed, heldBack: this.#heldBack };
  }

  /** Asks until there is an answer or the link is closed. */
  discover(found: (own: OwnAddress) => void): void {
    const request = discoveryRequest(this.#ssrc);
    this.#socket.on("message", (packet, { address }) => {
      const own = address === this.#host ? readDiscovery(packet, this.#ssrc) : null;
      if (!own || this.#timer === undefined) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      found(own);
    });
    this.#timer = setInterval(() => this.#transmit(request), discoveryEveryMs);
    this.#transmit(request);
  }

  /** Takes the key of the transport. */
  encryptWith(cipher: TransportCipher): void {
    this.#cipher = cipher;
  }

  /** Sends the packet of this tick. */
  send(packet: Uint8Array, endToEnd: EndToEnd): void {
    this.#rtp.advance();
    const sealed = endToEnd.encrypt(packet);
    if (!sealed || !this.#cipher) {
      this.#heldBack++;
      return;
    }
    this.#idleTicks = 0;
    this.#sent++;
    this.#transmit(this.#cipher.seal(this.#rtp.next(), sealed));
  }

  /** Sends silence in this tick. */
  sendSilence(endToEnd: EndToEnd): void {
    this.send(silencePacket, endToEnd);
  }

  /** There is no packet in this tick. */
  idle(): void {
    this.#rtp.advance();
    if (++this.#idleTicks < keepAliveTicks) return;
    this.#idleTicks = 0;
    const packet = Buffer.alloc(keepAliveBytes);
    this.#keepAlive = (this.#keepAlive + 1) >>> 0;
    packet.writeUInt32LE(this.#keepAlive);
    this.#transmit(packet);
  }

  /** Lets go of the socket. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#socket.close();
  }

  #transmit(packet: Uint8Array): void {
    this.#socket.send(packet, this.#port, this.#host, (error) => {
      if (error) this.#failed++;
    });
  }
}
