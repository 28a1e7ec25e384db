import { Client } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { expect, it } from "vitest";

it.each(["lines", "websocket"] as const)("talks over %s", async (framing) => {
  await using server = await startAsterServer({ database: ":memory:", port: 0, host: "127.0.0.1" });
  await using client = new Client({ username: "ann", password: "x", registerIfMissing: true });
  const added = client.addServer("127.0.0.1", server.port, { framing });
  await client.connect();
  const seen = client.once("message");
  const sent = await added.channels[0]?.send("hi");
  expect((await seen)[0]).toBe(sent);
  expect(sent?.author).toBe(added.self);
});
