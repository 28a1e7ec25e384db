import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metadata, metadataHeaders, readMetadataHeaders } from "./metadata.ts";
import { isOperationName } from "./operations.ts";
import * as routes from "./routes.ts";
import { parseSnowflake, toSnowflake } from "./snowflake.ts";
import { fromCenti, fromMilli, toCenti, toMilli } from "./units.ts";

describe("units", () => {
  it("are converted with rounding half up, and keep null", () => {
    expect([
      toMilli(1.0005),
      toMilli(0.1),
      fromMilli(1500),
      toCenti(1.005),
      toCenti(0.3),
      fromCenti(50),
    ]).toEqual([1001, 100, 1.5, 100, 30, 0.5]);
    expect([toMilli(null), fromMilli(undefined), toCenti(null), fromCenti(undefined)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("are the same integer after a round trip", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (value) => {
        expect(toMilli(fromMilli(value))).toBe(value);
        expect(toCenti(fromCenti(value))).toBe(value);
      }),
    );
  });
});

describe("snowflakes", () => {
  it("are canonical unsigned 64-bit decimals", () => {
    expect(toSnowflake("007", "id")).toBe("7");
    expect(toSnowflake(18446744073709551615n, "id")).toBe("18446744073709551615");
    expect(["0", "+5", "00", "18446744073709551615"].map(parseSnowflake)).toEqual([
      "0",
      "5",
      "0",
      "18446744073709551615",
    ]);
    for (const text of [
      "",
      "-1",
      "1.0",
      "0x1",
      " 1",
      "1e3",
      "18446744073709551616",
      "９",
      "1".repeat(1000),
    ]) {
      expect(parseSnowflake(text)).toBe(null);
    }
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => toSnowflake(id, "id") === `${id}`),
    );
  });

  it("may be the id of an object", () => {
    expect(toSnowflake({ id: "007" }, "guildId")).toBe("7");
    expect(toSnowflake({ id: 7n }, "guildId")).toBe("7");
    expect(() => toSnowflake({ id: 7 } as never, "guildId")).toThrow(
      "guildId must be a string or bigint, but is 7, because a number cannot hold all of its digits",
    );
    expect(() => toSnowflake({ id: "x" }, "guildId")).toThrow(
      'guildId must be an unsigned 64-bit integer, but is "x"',
    );
  });

  it("are never numbers", () => {
    const refused = { code: "INVALID_SNOWFLAKE", field: "guildId" };
    for (const id of [5, null, undefined, {}, ["1"]]) {
      expect(() => toSnowflake(id as never, "guildId")).toThrow(TypeError);
      expect(() => toSnowflake(id as never, "guildId")).toThrow(expect.objectContaining(refused));
    }
    for (const id of ["x", "", -1n, 2n ** 64n]) {
      expect(() => toSnowflake(id, "guildId")).toThrow(RangeError);
      expect(() => toSnowflake(id, "guildId")).toThrow(expect.objectContaining(refused));
    }
  });
});

describe("metadata", () => {
  it("is converted to headers and back", () => {
    const values = {
      version: "0.20.2",
      versionBuild: -1,
      nodeRegion: "eu-west",
      enabledSources: ["http", "local"],
      loadedPlugins: [],
    };
    const headers = metadataHeaders(values);
    expect(headers).toEqual({
      "Andesite-Version": "0.20.2",
      "Andesite-Version-Build": "-1",
      "Andesite-Node-Region": "eu-west",
      "Andesite-Enabled-Sources": "http,local",
      "Andesite-Loaded-Plugins": "",
    });
    expect(readMetadataHeaders((name) => headers[name])).toEqual(values);
    expect(readMetadataHeaders((name) => (name.endsWith("Build") ? "x" : null))).toEqual({});
    expect(Object.keys(metadata)).toHaveLength(10);
  });
});

describe("routes", () => {
  it("are the documented ones", () => {
    expect(
      Object.values(routes).map(({ method, path, user }) => `${method} /${path}${user ? " user" : ""}`),
    ).toEqual([
      "GET /stats",
      "GET /stats/lavalink",
      "GET /plugins",
      "GET /loadtracks",
      "GET /decodetrack",
      "POST /decodetrack",
      "POST /decodetracks",
      "POST /player/voice-server-update user",
      "GET /player/:guildId user",
      "POST /player/:guildId/play user",
      "POST /player/:guildId/stop user",
      "PATCH /player/:guildId/mixer user",
      "PATCH /player/:guildId/filters user",
      "PATCH /player/:guildId/pause user",
      "PATCH /player/:guildId/seek user",
      "PATCH /player/:guildId/volume user",
      "PATCH /player/:guildId user",
      "DELETE /player/:guildId user",
      "POST /player/:guildId/listen user",
      "POST /player/:guildId/library user",
      "GET /openapi.json",
    ]);
    for (const route of Object.values(routes)) {
      if ("operation" in route) expect(isOperationName(route.operation)).toBe(true);
    }
  });
});
