import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { openOffline } from "../context.ts";
import { isPostgresAddress } from "../store/postgres/address.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { adminSocketName } from "./admin-socket.ts";
import type { AdminRequest, AdminResponse } from "./administration.ts";

/** The way to a server's data: through the server if it runs, else directly. */
export interface AdminConnection {
  /** Whether a running server answers. */
  readonly isOnline: boolean;
  /** Resolves with the answer; rejects with an AdminError. */
  ask(request: AdminRequest): Promise<AdminResponse>;
  /** Lets go of the server, or of the file. */
  close(): Promise<void>;
}

/**
 * Finds the server that uses a database file; where none runs, takes the file itself, so that none can start
 * meanwhile. A database of PostgreSQL is used beside its servers, which learn of what is done from it.
 *
 * @throws AdminError if there is no such file, ServerError if it is locked by a program without a socket, or if the
 * database cannot be reached.
 */
export async function openAdministration(database: string): Promise<AdminConnection> {
  if (isPostgresAddress(database)) return openOfflineConnection(database);
  const socket = await connectSocket(join(dirname(database), adminSocketName));
  if (socket) return openOnlineConnection(socket);
  if (!existsSync(database)) throw new AdminError(`there is no database ${database}`);
  return openOfflineConnection(database);
}

async function openOfflineConnection(database: string): Promise<AdminConnection> {
  const { administration, close } = await openOffline(database);
  return { isOnline: false, ask: (request) => administration.execute(request), close };
}

function connectSocket(file: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(file);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(new AdminError(`${file} cannot be opened: ${error.message}`, { cause: error }));
    });
  });
}

function openOnlineConnection(socket: Socket): AdminConnection {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.on("error", () => socket.destroy());
  return {
    isOnline: true,
    ask: async (request) => {
      socket.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new AdminError("the server ended before it answered");
      const answer: AdminResponse = JSON.parse(value);
      if (typeof answer["error"] === "string") throw new AdminError(answer["error"]);
      return answer;
    },
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.end();
      }),
  };
}
