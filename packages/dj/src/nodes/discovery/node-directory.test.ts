import type { Announcement } from "@asterite/andesite-protocol/announcement";
import { beforeEach, describe, expect, it } from "vitest";
import { leaseMs, NodeDirectory } from "./node-directory.ts";

const epochMs = 1_700_000_000_000;
const template: Announcement = {
  v: 1,
  sentAt: epochMs,
  state: "ready",
  host: "a",
  port: 80,
  tls: false,
  path: "/",
  listenUrl: null,
  id: "a",
  region: "eu",
  version: "0.1.0",
  players: 0,
  cpu: 0,
};

let log: string[];
let connected: Set<string>;
let directory: NodeDirectory;
let nowMs: number;

/** Delivers an announcement now. */
const announce = (more: Partial<Announcement> = {}) =>
  directory.handleAnnouncement({ ...template, sentAt: epochMs + nowMs, ...more }, nowMs, epochMs + nowMs);

const sweep = (): void => directory.sweep(nowMs, epochMs + nowMs);

beforeEach(() => {
  log = [];
  connected = new Set();
  nowMs = 0;
  directory = new NodeDirectory({
    nodeFound: (url) => log.push(`found ${url}`),
    nodeDraining: (url) => log.push(`draining ${url}`),
    nodeGone: (url) => log.push(`gone ${url}`),
    isNodeConnected: (url) => connected.has(url),
  });
});

describe("NodeDirectory", () => {
  it("reports the states of nodes by their URLs", () => {
    announce();
    nowMs = 1_000;
    announce({ state: "draining" });
    announce({ host: "fd00::1", port: 443, tls: true, path: "/n/" });
    nowMs = 2_000;
    announce({ state: "gone" });
    expect(log).toEqual([
      "found http://a/",
      "draining http://a/",
      "found https://[fd00::1]/n/",
      "gone http://a/",
    ]);
  });

  it("removes a node once when its lease has expired and it is not connected", () => {
    announce();
    announce({ host: "b" });
    connected.add("http://b/");
    nowMs = leaseMs;
    sweep();
    expect(log).toHaveLength(2);
    nowMs = leaseMs + 1;
    sweep();
    sweep();
    expect(log.slice(2)).toEqual(["gone http://a/"]);
    connected.clear();
    sweep();
    expect(log.slice(3)).toEqual(["gone http://b/"]);
    announce();
    expect(log.slice(4)).toEqual(["found http://a/"]);
  });

  it("extends all leases after an outage", () => {
    announce();
    nowMs = 60_000;
    directory.renewLeases(nowMs);
    nowMs += leaseMs;
    sweep();
    expect(log).toEqual(["found http://a/"]);
  });

  it("ignores replayed announcements, even of nodes that are gone", () => {
    nowMs = 1_000;
    announce();
    const early = { sentAt: epochMs + 1_000 };
    expect(announce(early)).toBe("outdated");
    expect(announce({ ...early, state: "gone" })).toBe("outdated");
    nowMs = 2_000;
    announce({ state: "gone" });
    nowMs = 60_000;
    sweep();
    expect(announce(early)).toBe("outdated");
    nowMs = 200_000;
    sweep();
    expect(announce(early)).toBe("wrong clock");
    expect(log).toEqual(["found http://a/", "gone http://a/"]);
  });

  it("ignores announcements when the clocks differ by more than two minutes", () => {
    expect(announce({ sentAt: epochMs + 120_000 })).toBe("accepted");
    expect(announce({ host: "b", sentAt: epochMs + 120_001 })).toBe("wrong clock");
    expect(announce({ host: "b", sentAt: epochMs - 120_001 })).toBe("wrong clock");
  });

  it("limits the number of nodes, and frees the place of expired ones", () => {
    for (let port = 1; port <= 256; port++) expect(announce({ port })).toBe("accepted");
    expect(announce({ port: 257 })).toBe("too many nodes");
    nowMs = leaseMs + 1;
    sweep();
    expect(announce({ port: 257 })).toBe("too many nodes");
    nowMs = 130_000;
    sweep();
    expect(announce({ port: 257 })).toBe("accepted");
  });
});
