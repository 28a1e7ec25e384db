import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Treatment of a packet: pass it on, lose it, flip a bit, or send it twice. */
export type PacketFate = "pass" | "lose" | "garble" | "repeat";

/** Decides the fate of a packet of a client; packets are counted from 0. */
export type PacketFault = (index: number, packet: Buffer) => PacketFate;

/**
 * A UDP relay on the loopback interface that loses, corrupts and repeats packets from clients to a server.
 */
export class UdpRelay implements AsyncDisposable {
  /** Number of packets of clients by fate. */
  readonly counts: Record<PacketFate, number> = { pass: 0, lose: 0, garble: 0, repeat: 0 };
  readonly #front: Socket;
  readonly #serverPort: number;
  readonly #fault: PacketFault;
  /** Sockets towards the server by the port of the client, one each, so that replies are routed back. */
  readonly #backs = new Map<number, Socket>();
  #index = 0;

  private constructor(front: Socket, serverPort: number, fault: PacketFault) {
    this.#front = front;
    this.#serverPort = serverPort;
    this.#fault = fault;
    front.on("message", (packet, { port }) => this.#relay(packet, port));
  }

  /** Starts a relay on a free port. */
  static async start(serverPort: number, fault: PacketFault): Promise<UdpRelay> {
    const front = createSocket("udp4");
    front.bind(0, "127.0.0.1");
    await once(front, "listening");
    return new UdpRelay(front, serverPort, fault);
  }

  /** Port that clients send to. */
  get port(): number {
    return this.#front.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [this.#front, ...this.#backs.values()];
    const closed = sockets.map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.close();
    await Promise.all(closed);
  }

  #relay(packet: Buffer, clientPort: number): void {
    const back = this.#backOf(clientPort);
    const fate = this.#fault(this.#index++, packet);
    this.counts[fate]++;
    if (fate === "lose") return;
    if (fate === "garble") packet.writeUInt8(packet.readUInt8(packet.length >> 1) ^ 1, packet.length >> 1);
    for (let copies = fate === "repeat" ? 2 : 1; copies > 0; copies--) {
      back.send(packet, this.#serverPort, "127.0.0.1");
    }
  }

  #backOf(clientPort: number): Socket {
    const known = this.#backs.get(clientPort);
    if (known) return known;
    const back = createSocket("udp4");
    back.on("message", (packet) => this.#front.send(packet, clientPort, "127.0.0.1"));
    this.#backs.set(clientPort, back);
    return back;
  }
}
