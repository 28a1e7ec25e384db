import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { isRecord, type Logger, readLines } from "@asterite/util";
import { createFolder } from "@asterite/util/create-folder";
import { AdminError } from "../store/transfer/admin-error.ts";
import type { Administration, AdminRequest } from "./administration.ts";
import { withSocketPath } from "./socket-path.ts";

/** Name of the socket in the data folder. */
export const adminSocketName = "admin.sock";

/**
 * Unix socket for the administration of a running server, which only the server's own user can open. Requests
 * and responses are lines of JSON; a failure is `{"error": "…"}`.
 */
export class AdminSocket {
  readonly #server: Server;
  readonly #file: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, file: string) {
    this.#server = server;
    this.#file = file;
  }

  /** Starts listening. Replaces the socket of a server that crashed. */
  static async open(file: string, administration: Administration, logger: Logger): Promise<AdminSocket> {
    createFolder(dirname(file), 0o700);
    // This process holds the lock of the database, so no running server owns the socket.
    await rm(file, { force: true });
    const server = createServer();
    const adminSocket = new AdminSocket(server, file);
    server.on("connection", (socket) => adminSocket.#serve(socket, administration, logger));
    // The umask denies access to other users from the creation of the socket on.
    const umask = process.umask(0o177);
    try {
      await withSocketPath(
        file,
        (path) =>
          new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(path, resolve);
          }),
      );
    } finally {
      process.umask(umask);
    }
    await chmod(file, 0o600);
    return adminSocket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#file, { force: true });
  }

  #serve(socket: Socket, administration: Administration, logger: Logger): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    // A client that is killed ends the stream with an error.
    answer(socket, administration, logger).catch(() => socket.destroy());
  }
}

/** Answers the requests of a connection one after the other. */
async function answer(socket: Socket, administration: Administration, logger: Logger): Promise<void> {
  for await (const line of readLines(socket)) {
    const response = await respondTo(line, administration, logger);
    if (socket.writable) socket.write(`${JSON.stringify(response)}\n`);
  }
}

async function respondTo(line: string, administration: Administration, logger: Logger): Promise<object> {
  try {
    const request: unknown = JSON.parse(line);
    if (!isRequest(request)) throw new AdminError("field command: expected string");
    const response = await administration.execute(request);
    logger.info({ command: request.command }, "admin command executed");
    return response;
  } catch (error) {
    if (error instanceof AdminError || error instanceof SyntaxError) return { error: error.message };
    logger.error({ err: error }, "admin command failed");
    return { error: "internal error; see the server's log" };
  }
}

const isRequest = (value: unknown): value is AdminRequest =>
  isRecord(value) && typeof value["command"] === "string";
