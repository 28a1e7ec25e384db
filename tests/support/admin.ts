import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AsterServer, AsterServerOptions } from "@asterite/aster-server";
import type { PacketClient } from "@asterite/testkit";
import { temporaryFolder } from "./asterite.ts";
import { ask, openClient, register, startServer } from "./server.ts";

/** A server with an administrator: an account in a group of the highest rank with all permissions. */
export interface AdministeredServer {
  readonly server: AsterServer;
  readonly admin: PacketClient;
  readonly adminUuid: number;
  readonly adminGroup: number;
}

/** Starts a server on a database file that contains the administrator. */
export async function startAdministered(
  options: Partial<AsterServerOptions> = {},
): Promise<AdministeredServer> {
  const database = join(await temporaryFolder(), "aster.db");
  const first = await startServer({ database });
  const adminUuid = await register(await openClient(first.port), "admin");
  await first.close();
  const adminGroup = 7;
  const raw = new DatabaseSync(database, { enableForeignKeyConstraints: false });
  raw
    .prepare("insert into groups (uuid, name, colour, permissions, position) values (?, 'admin', 0, ?, 0)")
    .run(adminGroup, Uint8Array.from([85, 85, 5]));
  raw.prepare("insert into user_groups (user_uuid, group_uuid) values (?, ?)").run(adminUuid, adminGroup);
  raw.close();
  const server = await startServer({ ...options, database });
  const admin = await openClient(server.port);
  await ask(admin, "login", { uname: "admin", passwd: "secret" });
  return { server, admin, adminUuid, adminGroup };
}
