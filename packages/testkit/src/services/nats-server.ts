import { type LaunchedProcess, launch } from "../process.ts";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";

/** Options of {@link NatsServer.start}. */
export interface NatsServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Further command line arguments, for example for a cluster. */
  readonly args?: readonly string[];
  /** Further environment variables, for its configuration file. */
  readonly env?: Readonly<Record<string, string>>;
}

type StartOptions = Required<Omit<NatsServerOptions, "port">>;

/** A NATS server on the loopback interface that ends with this process. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #options: StartOptions;
  #process: LaunchedProcess;

  private constructor(port: number, options: StartOptions, process: LaunchedProcess) {
    this.port = port;
    this.#options = options;
    this.#process = process;
  }

  /** Whether the program is installed on this machine. */
  static get isInstalled(): boolean {
    return findProgram("nats-server") !== undefined;
  }

  /** Starts a server and waits until it accepts connections. */
  static async start({ port, args = [], env = {} }: NatsServerOptions = {}): Promise<NatsServer> {
    const chosen = port ?? (await freePort());
    return new NatsServer(chosen, { args, env }, await run(chosen, { args, env }));
  }

  /** Starts a cluster and waits until all servers are connected to each other. */
  static async startCluster(size: number): Promise<NatsServer[]> {
    const ports = await Promise.all(Array.from({ length: size }, freePort));
    const urls = ports.map((port) => `nats://127.0.0.1:${port}`);
    const servers = await Promise.all(
      urls.map((url) =>
        NatsServer.start({
          // Clients use only their configured URLs, not the ones that servers advertise.
          args: ["--cluster_name", "test", "--cluster", url, "--routes", urls.join(","), "--no_advertise"],
        }),
      ),
    );
    await Promise.all(servers.map((server) => server.#untilRouted()));
    return servers;
  }

  /** URL for clients. */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Kills the server, as a crash would. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  /** Starts the server again on its port after {@link NatsServer.kill}. */
  async restart(): Promise<void> {
    this.#process = await run(this.port, this.#options);
    if (this.#options.args.includes("--routes")) await this.#untilRouted();
  }

  async #untilRouted(): Promise<void> {
    await this.#process.waitForLine(/Route connection created/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

const run = (port: number, { args, env }: StartOptions): Promise<LaunchedProcess> =>
  launch({
    command: findProgram("nats-server") ?? "nats-server",
    args: ["-a", "127.0.0.1", "-p", String(port), ...args],
    env,
    readyWhen: /Server is ready/,
  });
