import { promises as dns, type LookupAddress } from "node:dns";
import { type ClientRequestArgs, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { Duplex } from "node:stream";
import { DialError } from "./dial-error.ts";
import { isPublicAddress, parseIp } from "./ip-address.ts";

/** Options of {@link Dialler}. */
export interface DiallerOptions {
  /**
   * Whether addresses that are not public may be dialled: loopback, private networks, this machine. Whoever
   * may load tracks can then reach them through the node. Default: false.
   */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Finds the addresses of a name. Default: as the system does, with its hosts file. */
  readonly resolve?: ((host: string) => Promise<readonly LookupAddress[]>) | undefined;
  /** Addresses of this machine, which are private even if they are public. Default: of its interfaces. */
  readonly ownAddresses?: (() => readonly string[]) | undefined;
}

type ConnectionCallback = (error: Error | null, stream: Duplex) => void;

/** Makes an agent refuse addresses that stand in a URL as they are: no socket looks those up. */
function guard<Kind extends HttpAgent>(agent: Kind, check: (host: string) => DialError | undefined): Kind {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options: ClientRequestArgs, callback?: ConnectionCallback) => {
    const refusal = check(options.host ?? "localhost");
    if (!refusal) return create(options, callback);
    // Thrown, it would come out of the function that makes a request, where nobody expects it.
    if (!callback) throw refusal;
    process.nextTick(callback, refusal);
    return undefined;
  };
  return agent;
}

/**
 * Opens every connection that a client can cause. A name is resolved here and each address checked; the socket
 * gets the addresses that passed, so that a name cannot mean one thing when it is checked and another when it is
 * dialled.
 */
export class Dialler {
  /** For `http:` requests and `ws:` sockets. */
  readonly httpAgent: HttpAgent;
  /** For `https:` requests and `wss:` sockets. */
  readonly httpsAgent: HttpsAgent;

  readonly #allowPrivate: boolean;
  readonly #resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly #ownAddresses: () => readonly string[];

  constructor(options: DiallerOptions = {}) {
    this.#allowPrivate = options.allowPrivateAddresses ?? false;
    this.#resolve = options.resolve ?? ((host) => dns.lookup(host, { all: true }));
    this.#ownAddresses = options.ownAddresses ?? interfaceAddresses;
    const check = (host: string) => this.#refusalOf(host);
    this.httpAgent = guard(new HttpAgent({ lookup: this.lookup }), check);
    this.httpsAgent = guard(new HttpsAgent({ lookup: this.lookup }), check);
  }

  /** Whether an IP address may be dialled. */
  checkAddress(address: string): boolean {
    if (this.#allowPrivate) return true;
    return isPublicAddress(address) && !this.#isOwn(address);
  }

  /**
   * The `lookup` of a socket: finds a name's addresses and leaves out what must not be dialled. Sockets do not
   * call it for a host that is an address already; {@link connect} and the agents look at those themselves.
   */
  readonly lookup: LookupFunction = (host, options, callback) => {
    const family = familyOf(options.family);
    this.#addresses(host, family).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first?.address ?? "", first?.family);
      },
      (error: Error) => callback(error, []),
    );
  };

  /**
   * Opens a TCP connection.
   *
   * @returns The socket, still connecting; it fails with a {@link DialError} where the host is refused.
   */
  connect(host: string, port: number): Socket {
    const socket = connect({ host, port, lookup: this.lookup });
    const refusal = this.#refusalOf(host);
    if (refusal) socket.destroy(refusal);
    return socket;
  }

  /**
   * Where to send datagrams for a host.
   *
   * @throws DialError where it is refused or unknown.
   */
  async resolveUdp(host: string): Promise<LookupAddress> {
    const [first] = await this.#addresses(host, 0);
    if (!first) throw unknown(host);
    return first;
  }

  async #addresses(host: string, family: number): Promise<LookupAddress[]> {
    const literal = isIP(host);
    let found: readonly LookupAddress[];
    try {
      found = literal === 0 ? await this.#resolve(host) : [{ address: host, family: literal }];
    } catch (error) {
      throw unknown(host, error);
    }
    const fitting = found.filter((entry) => family === 0 || entry.family === family);
    if (fitting.length === 0) throw unknown(host);
    const allowed = fitting.filter(({ address }) => this.checkAddress(address));
    if (allowed.length === 0) throw refused(host);
    return allowed;
  }

  /** Of a host that is an address; names are looked at when they are found. */
  #refusalOf(host: string): DialError | undefined {
    return isIP(host) !== 0 && !this.checkAddress(host) ? refused(host) : undefined;
  }

  #isOwn(address: string): boolean {
    const bytes = parseIp(address);
    return this.#ownAddresses().some((own) => {
      const ownBytes = parseIp(own);
      return bytes !== null && ownBytes !== null && Buffer.compare(bytes, ownBytes) === 0;
    });
  }
}

const familyOf = (family: number | string | undefined): number => {
  if (family === 4 || family === "IPv4") return 4;
  return family === 6 || family === "IPv6" ? 6 : 0;
};

const interfaceAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address) ?? []);

const refused = (host: string): DialError =>
  new DialError(
    "private-address",
    `${host} is not on the public internet, and this node does not open private addresses.`,
  );

const unknown = (host: string, cause?: unknown): DialError =>
  new DialError("unknown-host", `The host ${host} cannot be found.`, { cause });
