import { once } from "node:events";
import { get } from "node:http";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const timeoutMs = 3000;
const maxResponseBytes = 1024 * 1024;
const firstUnprivilegedPort = 1024;

/** Address of a server and whether it uses TLS. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
}

/** Address on which a server would listen. */
export interface ListenAddress extends Address {
  /** Fingerprint of the certificate that it would use. */
  readonly fingerprint256: string | undefined;
}

/** Checks whether the chat port is free, and identifies the program that uses it. */
export async function checkPort(address: ListenAddress): Promise<Finding> {
  const { host, port } = address;
  const chat = findingsFor("port");
  if (port === 0) return chat.ok("a free one is picked on each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return chat.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("port", host, port, error);
  const found = await identifyServer(address);
  if (found === undefined) {
    const advice = "Stop the other program, or choose another port with --port.";
    return chat.problem(`${port} is in use by a program that is not an Aster server`, advice);
  }
  const { version, fingerprint256 } = found;
  if (version === undefined) {
    const advice = "Stop the other server, or choose another port with --port.";
    return chat.problem(`${port} is in use by another Aster server`, advice);
  }
  if (fingerprint256 !== address.fingerprint256) {
    return chat.warning(
      `${port} is in use by ${version} with another certificate`,
      "If it is not your server, choose another port with --port.",
    );
  }
  return chat.ok(`${port} is in use by this server, which is running: ${version}`);
}

/** Checks whether the status port is free, and identifies the program that uses it. */
export async function checkStatusPort(port: number): Promise<Finding> {
  const host = "127.0.0.1";
  const status = findingsFor("status port");
  if (port === 0) return status.ok("a free one is picked on each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return status.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("status port", host, port, error);
  if ((await fetchHealth(port))?.includes('"live":true'))
    return status.ok(`${port} is in use by a running server`);
  const advice = "Stop the other program, or choose another port with --status-port.";
  return status.problem(`${port} is in use by another program`, advice);
}

/** Checks whether the port of an audio node is free, and identifies the program that uses it. */
export async function checkNodePort(host: string, port: number): Promise<Finding> {
  const node = findingsFor("port");
  if (port === 0) return node.ok("a free one is picked on each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return node.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("port", host, port, error);
  const found = await fetchNodeVersion(host === "0.0.0.0" || host === "::" ? "localhost" : host, port);
  if (found !== undefined) return node.ok(`${port} is in use by a running node: ${found}`);
  const advice = "Stop the other program, or choose another port with --port.";
  return node.problem(`${port} is in use by a program that is not an audio node`, advice);
}

/** Returns the version of a node, which it sends in every response, even without authentication. */
async function fetchNodeVersion(host: string, port: number): Promise<string | undefined> {
  try {
    const request = get({ host, port, path: "/stats", timeout: timeoutMs });
    request.on("timeout", () => request.destroy(new Error("timed out")));
    const [response] = await once(request, "response");
    const version: unknown = response.headers["andesite-version"];
    response.destroy();
    return typeof version === "string" ? version.slice(0, 60) : undefined;
  } catch {
    return undefined;
  }
}

function cannotListen(subject: string, host: string, port: number, error: string): Finding {
  const advice =
    error === "EACCES" && port < firstUnprivilegedPort
      ? "Choose a port above 1023, or allow it: AmbientCapabilities=CAP_NET_BIND_SERVICE in the service file."
      : "Set --host to an address of this machine.";
  return findingsFor(subject).problem(`cannot listen on ${host}:${port} (${error})`, advice);
}

/** Tries to listen. Returns the error code if that fails. */
async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : reasonOf(error);
  } finally {
    server.close();
  }
}

interface ServerIdentity {
  /** Software name from the response to `hello`; absent if the server does not support it. */
  readonly version: string | undefined;
  readonly fingerprint256: string | undefined;
}

/** Identifies the server at an address with `hello`; undefined if it is not an Aster server. */
export async function identifyServer({ host, port, isPlain }: Address): Promise<ServerIdentity | undefined> {
  const address = { host: host === "0.0.0.0" || host === "::" ? "localhost" : host, port };
  // No secrets are sent, and the certificate itself is inspected.
  const socket = isPlain ? connectTcp(address) : connectTls({ ...address, rejectUnauthorized: false });
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  try {
    await once(socket, isPlain ? "connect" : "secureConnect");
    const fingerprint256 =
      socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : undefined;
    socket.write('{"command":"hello","client":"asterite doctor","extensions":[]}\n');
    const response = await readResponse(socket, "hello");
    if (response === undefined) return undefined;
    const { server } = response;
    return { version: typeof server === "string" ? server.slice(0, 60) : undefined, fingerprint256 };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function readResponse(socket: Socket, command: string): Promise<Record<string, unknown> | undefined> {
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    if (text.length > maxResponseBytes) return undefined;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const packet: Record<string, unknown> = JSON.parse(line);
      if (packet["command"] === command) return packet;
    }
  }
  return undefined;
}

async function fetchHealth(port: number): Promise<string | undefined> {
  try {
    const request = get({ host: "127.0.0.1", port, path: "/health", timeout: timeoutMs });
    request.on("timeout", () => request.destroy(new Error("timed out")));
    const [response] = await once(request, "response");
    const [body] = await once(response.setEncoding("utf8"), "data");
    response.destroy();
    return String(body);
  } catch {
    return undefined;
  }
}
