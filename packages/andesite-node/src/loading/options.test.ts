import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { createLoader } from "./create-loader.ts";
import { openLoader, temporaryFolder } from "./loading.test-support.ts";

describe("checkLoaderOptions", () => {
  it.each([
    ["sources.tidal", { sources: { tidal: true } }],
    ["sources.http", { sources: { http: "yes" } }],
    ["sources.http", { sources: { http: undefined } }],
    ["musicFolders", { musicFolders: ["music"] }],
    ["dataFolder", { dataFolder: "data" }],
    ["autoSearch", { autoSearch: "dzsearch" }],
    ["ytDlp", { ytDlp: " " }],
    ["limits.loadMs", { limits: { loadMs: 0 } }],
    ["limits.loadMs", { limits: { loadMs: 2 ** 31 } }],
    ["limits.loadMs", { limits: { loadMs: undefined } }],
    ["limits.searchResults", { limits: { searchResults: 1.5 } }],
    ["limits.unknown", { limits: { unknown: 1 } }],
    ["byteLimits.redirects", { byteLimits: { redirects: -1 } }],
    ["byteLimits.stallMs", { byteLimits: { stallMs: "1" } }],
  ])("rejects an invalid %s and names it", (name, options) => {
    // As called from JavaScript.
    const call = createLoader as (options: unknown) => unknown;
    expect(() => call(options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(name) }),
    );
  });

  it("names a data folder that cannot be used", async () => {
    await using folder = await temporaryFolder();
    const dataFolder = join(folder.path, "file");
    await writeFile(dataFolder, "");
    expect(() => createLoader({ dataFolder, sources: { local: true } })).toThrow(/dataFolder/);
  });

  it("accepts missing options, and 0 for limits that can be disabled", async () => {
    await using loader = openLoader({
      byteLimits: { redirects: 0, bufferedBytes: 0 },
      limits: { waitingLoads: 0 },
    });
    expect(loader.enabledSources).toEqual(["youtube", "soundcloud", "bandcamp", "vimeo", "twitch"]);
  });
});

describe("createLoader", () => {
  it("fails for identifiers that are too long, and after close", async () => {
    await using loader = openLoader({ sources: { local: true, search: false }, musicFolders: [mediaFolder] });
    expect(await loader.load("x".repeat(4_097))).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { message: /too long/, severity: "COMMON" },
    });
    await loader.close();
    expect(await loader.load("tones.mp3")).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { message: /shutting down/ },
    });
  });

  it("tries its sources in a fixed order", async () => {
    await using loader = openLoader({ sources: { local: true, http: true, youtube: false } });
    expect(loader.enabledSources).toEqual([
      "soundcloud",
      "bandcamp",
      "vimeo",
      "twitch",
      "search",
      "http",
      "local",
    ]);
  });
});
