import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Logger } from "@asterite/util";
import { AdminError } from "../store/transfer/admin-error.ts";
import type { Administration, AdminRequest } from "./administration.ts";

/** The socket's name in the data folder. */
export const adminSocketName = "admin.sock";

/**
 * The operator's door to a running server: a Unix socket that only the server's own user can open. A request is
 * one line of JSON, and so is its answer: what was asked for, or `{"error": "…"}`.
 */
export class AdminSocket {
  readonly #server: Server;
  readonly #file: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, file: string) {
    this.#server = server;
    this.#file = file;
  }

  /** Begins to listen. A socket that a dead server left behind is replaced. */
  static async open(file: string, administration: Administration, logger: Logger): Promise<AdminSocket> {
    await mkdir(dirname(file), { recursive: true });
    // The database's lock is ours, so no living server can be behind it.
    await rm(file, { force: true });
    const server = createServer();
    const opened = new AdminSocket(server, file);
    server.on("connection", (socket) => opened.#serve(socket, administration, logger));
    // Made without rights for others from the first moment on.
    const umask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(file, resolve);
      });
    } finally {
      process.umask(umask);
    }
    await chmod(file, 0o600);
    return opened;
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
    // One request at a time: a line is read when the one before it has been answered.
    let turn = Promise.resolve();
    createInterface({ input: socket }).on("line", (line) => {
      turn = turn.then(async () => {
        const answer = await respondTo(line, administration, logger);
        if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
      });
    });
  }
}

async function respondTo(line: string, administration: Administration, logger: Logger): Promise<object> {
  try {
    const request: unknown = JSON.parse(line);
    if (!isRequest(request)) throw new AdminError("field command: expected string");
    const answer = await administration.execute(request);
    logger.info({ command: request.command }, "administration");
    return answer;
  } catch (error) {
    if (error instanceof AdminError || error instanceof SyntaxError) return { error: error.message };
    logger.error({ err: error }, "administration failed");
    return { error: "the server failed; its log says why" };
  }
}

const isRequest = (value: unknown): value is AdminRequest =>
  typeof value === "object" && value !== null && "command" in value && typeof value.command === "string";
