import type { Announcement } from "@asterite/andesite-protocol/announcement";
import { beforeEach, describe, expect, it } from "vitest";
import { leaseMs, NodeDirectory } from "./node-directory.ts";

const epochMs = 1_700_000_000_000;
const content: Announcement = {
  ...{ v: 1, sentAt: epochMs, state: "ready", host: "a", port: 80, tls: false, path: "/" },
  ...{ listenUrl: null, id: "a", region: "eu", version: "0.1.0", players: 0, cpu: 0 },
};

let told: string[];
let answering: Set<string>;
let directory: NodeDirectory;
let nowMs: number;

/** Hears an announcement now. */
const hear = (more: Partial<Announcement> = {}) =>
  directory.take({ ...content, sentAt: epochMs + nowMs, ...more }, nowMs, epochMs + nowMs);

const sweep = (): void => directory.sweep(nowMs, epochMs + nowMs);

beforeEach(() => {
  told = [];
  answering = new Set();
  nowMs = 0;
  directory = new NodeDirectory({
    nodeFound: (url) => told.push(`found ${url}`),
    nodeDraining: (url) => told.push(`draining ${url}`),
    nodeGone: (url) => told.push(`gone ${url}`),
    isNodeConnected: (url) => answering.has(url),
  });
});

describe("a directory of nodes", () => {
  it("tells what nodes tell, by one address each", () => {
    hear();
    nowMs = 1_000;
    hear({ state: "draining" });
    hear({ host: "fd00::1", port: 443, tls: true, path: "/n/" });
    nowMs = 2_000;
    hear({ state: "gone" });
    expect(told).toEqual([
      "found http://a/",
      "draining http://a/",
      "found https://[fd00::1]/n/",
      "gone http://a/",
    ]);
  });

  it("forgets a node that announces nothing and does not answer, once", () => {
    hear();
    hear({ host: "b" });
    answering.add("http://b/");
    nowMs = leaseMs;
    sweep();
    expect(told).toHaveLength(2);
    nowMs = leaseMs + 1;
    sweep();
    sweep();
    expect(told.slice(2)).toEqual(["gone http://a/"]);
    answering.clear();
    sweep();
    expect(told.slice(3)).toEqual(["gone http://b/"]);
    hear();
    expect(told.slice(4)).toEqual(["found http://a/"]);
  });

  it("gives everybody the time to be heard of after it could hear nothing", () => {
    hear();
    nowMs = 60_000;
    directory.renew(nowMs);
    nowMs += leaseMs;
    sweep();
    expect(told).toEqual(["found http://a/"]);
  });

  it("takes nothing that was said before, also by nodes that are gone", () => {
    nowMs = 1_000;
    hear();
    const early = { sentAt: epochMs + 1_000 };
    expect(hear(early)).toBe("old");
    expect(hear({ ...early, state: "gone" })).toBe("old");
    nowMs = 2_000;
    hear({ state: "gone" });
    nowMs = 60_000;
    sweep();
    expect(hear(early)).toBe("old");
    nowMs = 200_000;
    sweep();
    expect(hear(early)).toBe("wrong clock");
    expect(told).toEqual(["found http://a/", "gone http://a/"]);
  });

  it("takes nothing by clocks that differ by more than two minutes", () => {
    expect(hear({ sentAt: epochMs + 120_000 })).toBe("taken");
    expect(hear({ host: "b", sentAt: epochMs + 120_001 })).toBe("wrong clock");
    expect(hear({ host: "b", sentAt: epochMs - 120_001 })).toBe("wrong clock");
  });

  it("knows a bounded number of nodes, and has room again when they are over", () => {
    for (let port = 1; port <= 256; port++) expect(hear({ port })).toBe("taken");
    expect(hear({ port: 257 })).toBe("too many");
    nowMs = leaseMs + 1;
    sweep();
    expect(hear({ port: 257 })).toBe("too many");
    nowMs = 130_000;
    sweep();
    expect(hear({ port: 257 })).toBe("taken");
  });
});
