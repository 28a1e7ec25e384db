import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startAsterServer } from "../server.ts";
import { openAdministration } from "./admin-client.ts";
import { adminSocketName } from "./admin-socket.ts";

it("opens the administration socket in a folder whose path is too long for a socket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterite-path-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const data = join(folder, "d".repeat(122));
  await mkdir(data);
  const database = join(data, "aster.db");
  const adminSocket = join(data, adminSocketName);
  const options = { host: "127.0.0.1", port: 0, tls: "insecure-plaintext", database, adminSocket } as const;
  await using _server = await startAsterServer(options);
  expect((await stat(adminSocket)).mode & 0o777).toBe(0o600);
  const connection = await openAdministration(database);
  expect(connection.isOnline).toBe(true);
  await connection.execute({ command: "create_user", name: "ann", password: "a long secret" });
  await connection.close();
  expect(await readdir(folder)).toEqual(["d".repeat(122)]);
});
