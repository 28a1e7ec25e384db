import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { checkFault, type Direction, type Ending, type Fault, type TrafficFault } from "./fault.ts";
import { FaultPipe, type Traffic } from "./fault-pipe.ts";
import { resetSocket } from "./reset-socket.ts";

/** Address of the server behind the proxy. */
export interface Target {
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
}

/** Counters of a proxy since its start. */
export interface ProxyCounts {
  /** Connections that were accepted and passed on. */
  readonly accepted: number;
  /** Connections that were reset because of `refuse`. */
  readonly refused: number;
  /** Connections that exist now, in any state. */
  readonly open: number;
  readonly toServer: Readonly<Traffic>;
  readonly toClient: Readonly<Traffic>;
}

interface Connection {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly pipes: Readonly<Record<Direction, FaultPipe>>;
  readonly done: Promise<unknown>;
}

const directions: readonly Direction[] = ["toServer", "toClient"];

/**
 * A TCP proxy on the loopback interface that injects faults. It is protocol-agnostic, so TLS passes through.
 * Each direction has at most one fault, which applies to present and future connections.
 */
export class FaultProxy implements AsyncDisposable {
  /** Target of the next connections; a test may change it when the server restarts at another address. */
  target: Target;
  readonly host = "127.0.0.1";
  readonly port: number;

  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #faults: Record<Direction, TrafficFault | undefined> = {
    toServer: undefined,
    toClient: undefined,
  };
  readonly #traffic = { toServer: { received: 0, passed: 0 }, toClient: { received: 0, passed: 0 } };
  #refusing = false;
  #accepted = 0;
  #refused = 0;

  /** Starts a proxy on a free port. */
  static async start(target: Target): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultProxy(server, target);
  }

  private constructor(server: Server, target: Target) {
    this.#server = server;
    this.target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.#accept(client));
  }

  get counts(): ProxyCounts {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      open: this.#connections.size,
      toServer: { ...this.#traffic.toServer },
      toClient: { ...this.#traffic.toClient },
    };
  }

  /**
   * Replaces the fault of a direction.
   *
   * @throws TestkitError `BAD_OPTION` naming the field.
   */
  inject(fault: Fault): void {
    checkFault(fault);
    if (fault.type === "refuse") this.#refusing = true;
    else this.#set(fault, fault.direction);
  }

  /** Ends the fault of a direction; without one, all faults and `refuse`. Stalled bytes flow again. */
  heal(direction?: Direction): void {
    if (direction === undefined) this.#refusing = false;
    this.#set(undefined, direction);
  }

  /** Ends all present connections on both sides. New ones are accepted. */
  cut(ending: Ending = "reset"): void {
    for (const connection of this.#connections) end(connection, ending);
  }

  /** Closes the proxy and all connections, and waits until no socket is left. */
  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    this.cut();
    await Promise.all([closed, ...[...this.#connections].map(({ done }) => done)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #set(fault: TrafficFault | undefined, only: Direction | undefined): void {
    for (const direction of only ? [only] : directions) {
      this.#faults[direction] = fault;
      for (const { pipes } of this.#connections) pipes[direction].fault = fault;
    }
  }

  #accept(client: Socket): void {
    // The pipe that reads from the failed side ends the other one.
    client.on("error", () => {});
    if (this.#refusing) {
      this.#refused++;
      resetSocket(client);
      return;
    }
    this.#accepted++;
    const { host = "127.0.0.1", port } = this.target;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    server.on("error", () => {});
    const cut = (ending: Ending) => end(connection, ending);
    const pipes = {
      toServer: new FaultPipe(client, server, this.#traffic.toServer, cut),
      toClient: new FaultPipe(server, client, this.#traffic.toClient, cut),
    };
    for (const direction of directions) pipes[direction].fault = this.#faults[direction];
    const closed = [client, server].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    const done = Promise.all([pipes.toServer.run(), pipes.toClient.run(), ...closed]);
    const connection: Connection = { sockets: [client, server], pipes, done };
    this.#connections.add(connection);
    void done.then(() => this.#connections.delete(connection));
  }
}

function end({ sockets, pipes }: Connection, ending: Ending): void {
  for (const direction of directions) pipes[direction].stop();
  for (const socket of sockets) {
    if (ending === "reset") resetSocket(socket);
    else socket.end();
  }
}
