import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { encodePng } from "../support/pictures.ts";
import { ask, registered, statusOf } from "../support/server.ts";

const unlimited = { requestsPerSecond: Number.POSITIVE_INFINITY };

describe("pictures that would crash other clients", () => {
  const good = encodePng(2, 2, deflateSync(Buffer.alloc(6)));
  const bad: readonly [name: string, data: string][] = [
    ["an empty text", ""],
    ["text that is not base64", "!!!!"],
    ["base64 without its padding", good.replace(/=+$/, "")],
    ["base64 over several lines", `${good.slice(0, 40)}\n${good.slice(40)}`],
    ["a data URL", `data:image/png;base64,${good}`],
    ["another format", Buffer.from("GIF89a\x01\x00\x01\x00").toString("base64")],
    ["a signature alone", good.slice(0, 12)],
    ["a truncated picture", Buffer.from(good, "base64").subarray(0, -5).toString("base64")],
    ["pixels that do not inflate", encodePng(2, 2, Buffer.from("no pixels"))],
    ["too few pixels", encodePng(20, 20, deflateSync(Buffer.alloc(6)))],
    ["a decompression bomb", encodePng(2, 2, deflateSync(Buffer.alloc(20_000_000)))],
    ["a picture of 4 gigapixels", encodePng(65_535, 65_535, deflateSync(Buffer.alloc(6)))],
  ];

  it("are rejected by every command that takes a picture, while valid ones are accepted", async () => {
    const { server, admin } = await startAdministered({ connection: unlimited });
    const { client: ann, uuid } = await registered(server.port, "ann");
    const before = (await ask(ann, "get_user", { uuid })).reply["data"];
    for (const [name, data] of bad) {
      expect(await statusOf(ann, "pfp", { data }), name).toBe(400);
      expect(await statusOf(admin, "create_emoji", { name: "x", data }), name).toBe(400);
      expect(await statusOf(admin, "set_server", { icon: data }), name).toBe(400);
    }
    expect((await ask(ann, "get_user", { uuid })).reply["data"]).toEqual(before);
    expect(await statusOf(ann, "pfp", { data: good })).toBe(200);
    expect(await statusOf(admin, "create_emoji", { name: "x", data: good })).toBe(200);
    expect(await statusOf(admin, "set_server", { icon: good })).toBe(200);
  });
});
