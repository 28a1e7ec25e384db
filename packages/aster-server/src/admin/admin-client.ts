import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { readLines } from "@asterite/util";
import { openOffline } from "../context.ts";
import { isPostgresAddress, requireKnownDatabase } from "../store/postgres/address.ts";
import { AdminError } from "../store/transfer/admin-error.ts";
import { adminSocketName } from "./admin-socket.ts";
import type { AdminRequest, AdminResponse } from "./administration.ts";
import { withSocketPath } from "./socket-path.ts";

/** Administrative access to a server's data: through the server if it runs, else directly. */
export interface AdminConnection {
  /** Whether requests go to a running server. */
  readonly isOnline: boolean;
  /** Executes a request and returns its response. Rejects with an AdminError. */
  execute(request: AdminRequest): Promise<AdminResponse>;
  /** Closes the connection or the database. */
  close(): Promise<void>;
}

/**
 * Connects to the server of a SQLite file; if none runs, opens and locks the file itself. A PostgreSQL
 * database is opened beside its servers, which read the changes from its event log.
 *
 * @throws AdminError if the file does not exist.
 * @throws ServerError if another program has locked the file, or the database cannot be reached.
 */
export async function openAdministration(database: string): Promise<AdminConnection> {
  requireKnownDatabase(database);
  if (isPostgresAddress(database)) return openOfflineConnection(database);
  const socket = await connectSocket(join(dirname(database), adminSocketName));
  if (socket) return openOnlineConnection(socket);
  if (!existsSync(database)) throw new AdminError(`database ${database} does not exist`);
  return openOfflineConnection(database);
}

async function openOfflineConnection(database: string): Promise<AdminConnection> {
  const { administration, close } = await openOffline(database);
  return { isOnline: false, execute: (request) => administration.execute(request), close };
}

const connectSocket = (file: string): Promise<Socket | undefined> =>
  withSocketPath(file, (path) => connectTo(path, file));

/** Connects to the socket `file` under the path `path`. */
function connectTo(path: string, file: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(new AdminError(`cannot connect to ${file}: ${error.message}`, { cause: error }));
    });
  });
}

function openOnlineConnection(socket: Socket): AdminConnection {
  const lines = readLines(socket);
  socket.on("error", () => socket.destroy());
  return {
    isOnline: true,
    execute: async (request) => {
      socket.write(`${JSON.stringify(request)}\n`);
      const closed = "the server closed the connection before it responded";
      const next = await lines.next().catch((cause: unknown) => {
        throw new AdminError(closed, { cause });
      });
      if (next.done) throw new AdminError(closed);
      const response: AdminResponse = JSON.parse(next.value);
      if (typeof response["error"] === "string") throw new AdminError(response["error"]);
      return response;
    },
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        // Nothing reads the end of the server's stream.
        socket.end(() => socket.destroy());
      }),
  };
}
