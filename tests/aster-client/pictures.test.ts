import { extensionNames, fetchPfp, Server, type ServerOptions } from "@asterite/aster";
import { expect, it, onTestFinished } from "vitest";
import { largePicture } from "../support/pictures.ts";
import { startServer } from "../support/server.ts";

const tls = { verify: false } as const;

async function connected(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const account = { username, password: "a long secret", registerIfMissing: true, tls };
  const server = new Server("127.0.0.1", port, { ...account, ...options });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

const png = (seed: number) => new Uint8Array(Buffer.from(largePicture(seed), "base64"));

it("fetches pictures when they are needed, and equal ones once", async () => {
  const { port } = await startServer();
  const ann = await connected(port, "ann");
  const bob = await connected(port, "bob");
  for (const server of [ann, bob]) await server.account.setPicture(png(1));
  const reader = await connected(port, "reader", { extensions: extensionNames });
  let requests = 0;
  reader.on("packet", ({ command }) => {
    if (command === "get_picture") requests++;
  });
  const [annUser, bobUser] = [reader.getUser(ann.selfUuid ?? 0), reader.getUser(bob.selfUuid ?? 0)];
  expect(annUser?.username).toBe("ann");
  expect(annUser?.pfp).toHaveLength(0);
  expect(annUser?.pictureHash).toMatch(/^[\da-f]{64}$/);
  const fetched = await Promise.all([annUser, bobUser].map((user) => reader.fetchPicture(user?.uuid ?? 0)));
  expect(fetched).toEqual([png(1), png(1)]);
  expect([annUser?.pfp, bobUser?.pfp]).toEqual(fetched);
  expect(await reader.fetchPicture(ann.selfUuid ?? 0)).toEqual(png(1));
  expect(requests).toBe(1);

  // Another name keeps the picture, another picture does not.
  const renamed = reader.waitFor("userUpdate");
  await ann.account.rename("anna");
  await renamed;
  expect(annUser?.pfp).toEqual(png(1));
  const changed = reader.waitFor("userUpdate");
  await ann.account.setPicture(png(2));
  await changed;
  expect(annUser?.pfp).toHaveLength(0);
  expect(await reader.fetchPicture(annUser?.uuid ?? 0)).toEqual(png(2));
});

it("returns the pictures without a request where they are included", async () => {
  const { port } = await startServer();
  const ann = await connected(port, "ann");
  await ann.account.setPicture(png(1));
  const reader = await connected(port, "reader");
  expect(reader.extensions.has("pictures")).toBe(false);
  const user = reader.getUser(ann.selfUuid ?? 0);
  expect([user?.pfp, user?.pictureHash]).toEqual([png(1), undefined]);
  expect(await reader.fetchPicture(ann.selfUuid ?? 0)).toEqual(png(1));
  expect(await reader.fetchPicture(12_345)).toHaveLength(0);
  expect(await fetchPfp("127.0.0.1", port, ann.selfUuid ?? 0, { tls })).toEqual(png(1));
});

it("gives up waiting on a signal, while others receive the picture", async () => {
  const { port } = await startServer();
  const ann = await connected(port, "ann");
  await ann.account.setPicture(png(1));
  const reader = await connected(port, "reader", { extensions: extensionNames });
  const user = ann.selfUuid ?? 0;
  const controller = new AbortController();
  const aborted = reader.fetchPicture(user, { signal: controller.signal });
  const other = reader.fetchPicture(user);
  controller.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  expect(await other).toEqual(png(1));
});
