// The README's table maps every name of asterpy's documentation to an existing name of the library.

import { readFileSync } from "node:fs";
import * as aster from "@asterite/aster";
import { expect, it } from "vitest";
import { ReferenceServer } from "../support/reference-server.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const documented: string[] = JSON.parse(read("asterpy-names.json"));

/** Code spans of both columns of the table, by row. */
const rows = read("../../packages/aster/README.md")
  .split("## Coming from asterpy")[1]
  ?.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line.split(" | ").map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "")),
  );

it("maps every documented name", () => {
  const mapped = new Set(rows?.flatMap(([left]) => left ?? []));
  expect(documented.filter((name) => !mapped.has(name))).toEqual([]);
  expect(rows?.filter(([, right]) => (right ?? []).length === 0)).toEqual([]);
});

it("maps to existing names", async () => {
  await using reference = await ReferenceServer.start();
  reference.emoji.push({ uuid: 1, name: "smile", data: "iVBORw0KGgo=" });
  await using client = new aster.Client({ username: "ann", password: "secret", tls: false });
  const server = client.addServer("127.0.0.1", reference.port);
  await client.connect();
  const channel = server.channels[0];
  const instances: Record<string, object | undefined> = {
    Client: client,
    Server: server,
    Channel: channel,
    User: server.self,
    Message: await channel?.send("hi"),
    Emoji: await server.fetchEmoji(1),
    SyncServer: new aster.SyncServer({ ip: "x", port: 1 }),
    SyncData: new aster.SyncData("", new Uint8Array(), []),
  };
  const has = (owner: string, member: string): boolean => {
    const type = (aster as Record<string, unknown>)[owner];
    const instance = instances[owner];
    return [type, instance].some(
      (one) => (typeof one === "object" || typeof one === "function") && one !== null && member in one,
    );
  };
  let checked = 0;
  for (const [, right = []] of rows ?? []) {
    for (const code of right) {
      const [, owner, member] = /^([A-Z]\w+)\.(\w+)/.exec(code) ?? [];
      const [, name] = /^(?:new )?(\w+)/.exec(code) ?? [];
      if (owner !== undefined && member !== undefined)
        expect([code, has(owner, member)]).toEqual([code, true]);
      else if (/^(new |fetch|AsterError)/.test(code)) expect(aster).toHaveProperty(name ?? "");
      else expect(code).toMatch(/^(on(Message|Packet|Ready)|Date)$/);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(70);
});
