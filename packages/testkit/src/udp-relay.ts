import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** What becomes of a packet: on its way unharmed, gone, with a flipped bit, or twice. */
export type PacketFate = "pass" | "lose" | "garble" | "repeat";

/** Decides about the packets of clients, which are counted from 0. */
export type PacketFault = (index: number, packet: Buffer) => PacketFate;

/** A relay for UDP between clients and a server on the loopback, which loses and garbles what clients send. */
export class UdpRelay implements AsyncDisposable {
  /** How many packets of clients met with which fate. */
  readonly counts: Record<PacketFate, number> = { pass: 0, lose: 0, garble: 0, repeat: 0 };
  readonly #front: Socket;
  readonly #serverPort: number;
  readonly #fault: PacketFault;
  /** Towards the server, one for each client, so that answers find their way. */
  readonly #backs = new Map<number, Socket>();
  #index = 0;

  private constructor(front: Socket, serverPort: number, fault: PacketFault) {
    this.#front = front;
    this.#serverPort = serverPort;
    this.#fault = fault;
    front.on("message", (packet, { port }) => this.#take(packet, port));
  }

  /** Starts one on a free port. */
  static async start(serverPort: number, fault: PacketFault): Promise<UdpRelay> {
    const front = createSocket("udp4");
    front.bind(0, "127.0.0.1");
    await once(front, "listening");
    return new UdpRelay(front, serverPort, fault);
  }

  /** Where clients send to. */
  get port(): number {
    return this.#front.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sockets = [this.#front, ...this.#backs.values()];
    const closed = sockets.map((socket) => once(socket, "close"));
    for (const socket of sockets) socket.close();
    await Promise.all(closed);
  }

  #take(packet: Buffer, clientPort: number): void {
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
