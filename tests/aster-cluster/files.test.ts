// Files in two processes that share a database and a folder.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, temporaryFolder } from "../support/asterite.ts";
import {
  clusterMissing,
  connectTo,
  logIn,
  type Services,
  startCluster,
  startServices,
} from "../support/cluster.ts";
import { ask, firstChannel, register, statusOf } from "../support/server.ts";

describe.skipIf(clusterMissing)("files in a cluster", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  it.each([true, false])("reach every process, in the form of each client, with NATS: %s", async (nats) => {
    const { members } = await startCluster(services, 2, {
      ...(!nats && { nats: null }),
      args: ["--files", await temporaryFolder()],
    });
    const [near, far] = members as [RunningServer, RunningServer];
    const open = async (server: RunningServer, name: string) => {
      const client = await connectTo(server);
      await ask(client, "hello", { client: "test/1", extensions: ["files", "cursor"] });
      await register(client, name);
      return client;
    };
    const ann = await open(near, "ann");
    const bob = await open(far, "bob");
    const old = await logIn(far, "old");
    const channel = await firstChannel(ann);
    const given = { channel, name: "a.txt", type: "text/plain", size: 5 };
    const { upload, url } = (await ask(ann, "create_upload", given)).reply;
    // Any process takes the bytes.
    const at = (server: RunningServer, path: unknown) => `http://127.0.0.1:${server.port}${path}`;
    expect((await fetch(at(far, url), { method: "PUT", body: "hello" })).status).toBe(200);
    expect(await statusOf(ann, "send", { channel, content: "look", attachments: [upload] })).toBe(200);
    const pushed = (await bob.until(({ command }) => command === "content")).packet;
    const attachments = [{ id: upload, name: "a.txt", type: "text/plain", size: 5 }];
    expect(pushed).toMatchObject({ content: "look", attachments });
    const plain = (await old.until(({ command }) => command === "content")).packet;
    expect(plain["content"]).toBe("look\na.txt (1 kB)");
    expect(plain).not.toHaveProperty("attachments");
    // A link of one process holds in the other.
    const link = (await ask(bob, "file_link", { file: upload })).reply["url"];
    expect(await (await fetch(at(near, link))).text()).toBe("hello");
    expect(await statusOf(ann, "delete", { message: pushed["uuid"] })).toBe(200);
    expect((await fetch(at(far, link))).status).toBe(404);
  });
});
