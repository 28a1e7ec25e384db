import { readFile } from "node:fs/promises";
import { readError } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import { describe, expect, it } from "vitest";
import { toErrorReport } from "./error-report.ts";
import { parseStack } from "./stack-frames.ts";

describe("stack frames", () => {
  it.each([
    [
      "    at Loader.load (file:///home/me/src/loader.ts:12:7)",
      "Loader",
      "load",
      "loader.ts",
      12,
      "Loader.load(loader.ts:12)",
    ],
    [
      "    at async Loader.load (/home/me/loader.ts:12:7)",
      "Loader",
      "load",
      "loader.ts",
      12,
      "Loader.load(loader.ts:12)",
    ],
    [
      "    at new Player (C:\\node\\player.ts:3:1)",
      "Player",
      "<init>",
      "player.ts",
      3,
      "Player.<init>(player.ts:3)",
    ],
    ["    at plain (/x/y.ts:1:2)", "", "plain", "y.ts", 1, "plain(y.ts:1)"],
    ["    at /x/y.ts:1:2", "", "<anonymous>", "y.ts", 1, "<anonymous>(y.ts:1)"],
    ["    at Object.a [as b] (/x/y.ts:1:2)", "Object", "a", "y.ts", 1, "Object.a(y.ts:1)"],
    ["    at Array.map (<anonymous>)", "Array", "map", null, null, "Array.map(unknown)"],
    ["    at Port.[a.b.call] (/x/y.ts:1:2)", "Port", "[a.b.call]", "y.ts", 1, "Port.[a.b.call](y.ts:1)"],
    ["    at [a.b.call] (/x/y.ts:1:2)", "", "[a.b.call]", "y.ts", 1, "[a.b.call](y.ts:1)"],
    ["    at native", "", "<anonymous>", null, null, "<anonymous>(unknown)"],
  ])("parses %s", (line, className, methodName, fileName, lineNumber, pretty) => {
    expect(parseStack(`Error: x\n${line}`, 5)).toEqual([
      {
        classLoader: null,
        moduleName: null,
        moduleVersion: null,
        className,
        methodName,
        fileName,
        lineNumber,
        pretty,
      },
    ]);
  });

  it("of the runtime have its name and version", () => {
    expect(parseStack("    at process.run (node:internal/process/task_queues:105:5)", 5)).toMatchObject([
      { moduleName: "node", moduleVersion: process.versions.node, fileName: "task_queues", lineNumber: 105 },
    ]);
  });

  it("are limited in number", () => {
    expect(parseStack("    at a (b:1:1)\n".repeat(100), 5)).toHaveLength(5);
    expect(parseStack(undefined, 5)).toEqual([]);
  });
});

describe("error objects", () => {
  it("can be parsed by clients in both formats", () => {
    const error = new TrackError("gone", "COMMON", { cause: new TypeError("why") });
    for (const form of ["long", "short"] as const) {
      expect(readError(toErrorReport(error, form))).toMatchObject({
        ok: true,
        value: { class: "TrackError", message: "gone", cause: { class: "TypeError", message: "why" } },
      });
    }
  });

  it("include suppressed errors", () => {
    const all = new AggregateError([new Error("a"), "b"], "both");
    expect(toErrorReport(all, "short").suppressed.map(({ message }) => message)).toEqual(["a", "b"]);
    const one = new SuppressedError(new Error("later"), new Error("first"), "x");
    expect(toErrorReport(one, "short").suppressed.map(({ message }) => message)).toEqual(["first"]);
  });

  it("are finite for errors that contain themselves", () => {
    const error = new Error("round");
    error.cause = error;
    expect(toErrorReport(error, "short")).toMatchObject({ message: "round", cause: null });
    const deep = Array.from({ length: 100 }).reduce<Error>(
      (cause) => new AggregateError([new Error("x"), cause]),
      error,
    );
    expect(JSON.stringify(toErrorReport(deep, "short")).length).toBeLessThan(10_000);
  });

  it("contain no file paths", async () => {
    const error = await readFile("/no/such/folder/file").catch((reason: unknown) => reason);
    const text = JSON.stringify(toErrorReport(error, "long"));
    expect(text).toContain("ENOENT in open");
    expect(text).not.toContain("/no/such");
  });

  it("represent thrown values that are not errors", () => {
    expect(toErrorReport("text", "short")).toEqual({
      class: "Error",
      message: "text",
      suppressed: [],
      cause: null,
    });
    expect(toErrorReport(new RangeError(), "short")).toMatchObject({ class: "RangeError", message: null });
  });
});
