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
   * Whether private addresses may be dialled: loopback, private networks, this machine. Every client that may
   * load tracks can then reach them through the node. Default: false.
   */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Resolves a name. Default: the system's resolver, which includes its hosts file. */
  readonly resolve?: ((host: string) => Promise<readonly LookupAddress[]>) | undefined;
  /**
   * Returns the addresses of this machine, which count as private even if they are public. Default: those of
   * its network interfaces.
   */
  readonly ownAddresses?: (() => readonly string[]) | undefined;
}

type ConnectionCallback = (error: Error | null, stream: Duplex) => void;

/** Makes an agent check hosts that are IP addresses: sockets do not call `lookup` for those. */
function guardAgent<Kind extends HttpAgent>(
  agent: Kind,
  check: (host: string) => DialError | undefined,
): Kind {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options: ClientRequestArgs, callback?: ConnectionCallback) => {
    const error = check(options.host ?? "localhost");
    if (!error) return create(options, callback);
    // Without a callback the error can only be thrown. With one it must not be: it would surface in the
    // function that creates the request, which does not throw.
    if (!callback) throw error;
    process.nextTick(callback, error);
    return undefined;
  };
  return agent;
}

/**
 * Opens all connections that a client can trigger. Names are resolved here and each address is checked; the
 * socket gets only the addresses that passed. DNS rebinding therefore cannot replace a checked address before
 * the connection is opened.
 */
export class Dialler {
  /** Agent for `http:` requests and `ws:` sockets. */
  readonly httpAgent: HttpAgent;
  /** Agent for `https:` requests and `wss:` sockets. */
  readonly httpsAgent: HttpsAgent;

  readonly #allowPrivate: boolean;
  readonly #resolve: (host: string) => Promise<readonly LookupAddress[]>;
  readonly #ownAddresses: () => readonly string[];

  constructor(options: DiallerOptions = {}) {
    this.#allowPrivate = options.allowPrivateAddresses ?? false;
    this.#resolve = options.resolve ?? ((host) => dns.lookup(host, { all: true }));
    this.#ownAddresses = options.ownAddresses ?? interfaceAddresses;
    const check = (host: string) => this.#checkLiteralHost(host);
    this.httpAgent = guardAgent(new HttpAgent({ lookup: this.lookup }), check);
    this.httpsAgent = guardAgent(new HttpsAgent({ lookup: this.lookup }), check);
  }

  /** Returns whether an IP address may be dialled. */
  isAllowedAddress(address: string): boolean {
    if (this.#allowPrivate) return true;
    return isPublicAddress(address) && !this.#isOwnAddress(address);
  }

  /**
   * `lookup` function for sockets: resolves a name and drops the addresses that must not be dialled. Sockets
   * do not call it for hosts that are IP addresses; {@link connect} and the agents check those themselves.
   */
  readonly lookup: LookupFunction = (host, options, callback) => {
    const family = familyOf(options.family);
    this.#resolveAllowed(host, family).then(
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
   * @returns The connecting socket; it emits a {@link DialError} if the host is not allowed.
   */
  connect(host: string, port: number): Socket {
    const socket = connect({ host, port, lookup: this.lookup });
    const refusal = this.#checkLiteralHost(host);
    if (refusal) socket.destroy(refusal);
    return socket;
  }

  /**
   * Returns the address to send datagrams for a host to.
   *
   * @throws DialError when the host is not allowed or does not resolve.
   */
  async resolveUdp(host: string): Promise<LookupAddress> {
    const [first] = await this.#resolveAllowed(host, 0);
    if (!first) throw unknownHostError(host);
    return first;
  }

  async #resolveAllowed(host: string, family: number): Promise<LookupAddress[]> {
    const literal = isIP(host);
    let addresses: readonly LookupAddress[];
    try {
      addresses = literal === 0 ? await this.#resolve(host) : [{ address: host, family: literal }];
    } catch (error) {
      throw unknownHostError(host, error);
    }
    const matching = addresses.filter((entry) => family === 0 || entry.family === family);
    if (matching.length === 0) throw unknownHostError(host);
    const allowed = matching.filter(({ address }) => this.isAllowedAddress(address));
    if (allowed.length === 0) throw privateAddressError(host);
    return allowed;
  }

  /** Checks a host that is an IP address; names are checked when they are resolved. */
  #checkLiteralHost(host: string): DialError | undefined {
    return isIP(host) !== 0 && !this.isAllowedAddress(host) ? privateAddressError(host) : undefined;
  }

  #isOwnAddress(address: string): boolean {
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

const privateAddressError = (host: string): DialError =>
  new DialError(
    "PRIVATE_ADDRESS",
    `${host} is not on the public internet, and this node does not connect to private addresses.`,
  );

const unknownHostError = (host: string, cause?: unknown): DialError =>
  new DialError("UNKNOWN_HOST", `The host ${host} could not be found.`, { cause });
