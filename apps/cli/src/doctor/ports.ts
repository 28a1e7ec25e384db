import { once } from "node:events";
import { get } from "node:http";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { about, type Finding, reasonOf } from "./finding.ts";

const patienceMs = 3000;
const mostBytes = 1024 * 1024;
const privileged = 1024;

/** Where a server is looked for. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
}

/** Where a server would listen. */
export interface Place extends Address {
  /** Of the certificate that it would show. */
  readonly fingerprint256: string | undefined;
}

/** Looks whether the chat port is free, and who has it if not. */
export async function checkPort(place: Place): Promise<Finding> {
  const { host, port } = place;
  const chat = about("port");
  if (port === 0) return chat.ok("a free one is picked at each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return chat.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("port", host, port, error);
  const found = await whoListens(place);
  if (found === undefined) {
    const advice = "Stop the other program, or choose another port with --port.";
    return chat.problem(`${port} is taken by a program that is no Aster server`, advice);
  }
  const { version, fingerprint256 } = found;
  if (version === undefined) {
    const advice = "Stop the other server, or choose another port with --port.";
    return chat.problem(`${port} is taken by another Aster server`, advice);
  }
  if (fingerprint256 !== place.fingerprint256) {
    return chat.warning(
      `${port} is taken by ${version} with another certificate`,
      "If it is not yours, choose another port with --port.",
    );
  }
  return chat.ok(`${port} is served by our own running server, ${version}`);
}

/** Looks whether the status port is free, and who has it if not. */
export async function checkStatusPort(port: number): Promise<Finding> {
  const host = "127.0.0.1";
  const status = about("status port");
  if (port === 0) return status.ok("a free one is picked at each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return status.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("status port", host, port, error);
  if ((await healthOf(port))?.includes('"live":true'))
    return status.ok(`${port} is served by a running server`);
  const advice = "Stop the other program, or choose another port with --status-port.";
  return status.problem(`${port} is taken by another program`, advice);
}

/** Looks whether the port of an audio node is free, and who has it if not. */
export async function checkNodePort(host: string, port: number): Promise<Finding> {
  const node = about("port");
  if (port === 0) return node.ok("a free one is picked at each start");
  const error = await tryToListen(host, port);
  if (error === undefined) return node.ok(`${host}:${port} is free`);
  if (error !== "EADDRINUSE") return cannotListen("port", host, port, error);
  const found = await nodeVersionAt(host === "0.0.0.0" || host === "::" ? "localhost" : host, port);
  if (found !== undefined) return node.ok(`${port} is served by a running node, ${found}`);
  const advice = "Stop the other program, or choose another port with --port.";
  return node.problem(`${port} is taken by a program that is no audio node`, advice);
}

/** Every answer of a node tells its version, also that to a stranger without password. */
async function nodeVersionAt(host: string, port: number): Promise<string | undefined> {
  try {
    const request = get({ host, port, path: "/stats", timeout: patienceMs });
    request.on("timeout", () => request.destroy(new Error("no answer")));
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
    error === "EACCES" && port < privileged
      ? "Choose a port above 1023, or allow it: AmbientCapabilities=CAP_NET_BIND_SERVICE in the service file."
      : "Give an address of this machine with --host.";
  return about(subject).problem(`${host}:${port} cannot be listened on (${error})`, advice);
}

/** The code of the error, if listening fails. */
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

interface Neighbour {
  /** What it calls itself in answer to `hello`; absent for one that does not know it. */
  readonly version: string | undefined;
  readonly fingerprint256: string | undefined;
}

/** Greets whoever listens there; undefined if that is no Aster server. */
export async function whoListens({ host, port, isPlain }: Address): Promise<Neighbour | undefined> {
  const address = { host: host === "0.0.0.0" || host === "::" ? "localhost" : host, port };
  // Nothing secret is sent, and the certificate is what is asked for.
  const socket = isPlain ? connectTcp(address) : connectTls({ ...address, rejectUnauthorized: false });
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  try {
    await once(socket, isPlain ? "connect" : "secureConnect");
    const fingerprint256 =
      socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : undefined;
    socket.write('{"command":"hello","client":"asterite doctor","extensions":[]}\n');
    const answer = await answerTo(socket, "hello");
    if (answer === undefined) return undefined;
    const { server } = answer;
    return { version: typeof server === "string" ? server.slice(0, 60) : undefined, fingerprint256 };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function answerTo(socket: Socket, command: string): Promise<Record<string, unknown> | undefined> {
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    if (text.length > mostBytes) return undefined;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const packet: Record<string, unknown> = JSON.parse(line);
      if (packet["command"] === command) return packet;
    }
  }
  return undefined;
}

async function healthOf(port: number): Promise<string | undefined> {
  try {
    const request = get({ host: "127.0.0.1", port, path: "/health", timeout: patienceMs });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    const [response] = await once(request, "response");
    const [body] = await once(response.setEncoding("utf8"), "data");
    response.destroy();
    return String(body);
  } catch {
    return undefined;
  }
}
