// Wrong options of callers without types: each is refused with an error that names it, none is ignored.

import { expect, it } from "vitest";
import { defaultDjOptions, readDjOptions } from "./options.ts";

const required = {
  server: { host: "127.0.0.1", port: 1 },
  account: { username: "dj", password: "secret" },
  nodes: [{ url: "http://127.0.0.1:5000", password: null }],
  folder: "/tmp",
};

it("fills in the defaults, also for undefined", () => {
  const absent: object = { prefix: undefined };
  expect(readDjOptions({ ...required, ...absent })).toEqual({ ...required, ...defaultDjOptions });
});

it.each<readonly [message: string, options: unknown]>([
  ["options is undefined; allowed: an object", undefined],
  ["options is object; allowed: an object with options", new Map()],
  ['name is "volume"; allowed: server, account, nodes, ', { ...required, volume: 5 }],
  ["server is undefined; allowed: an object", { ...required, server: undefined }],
  ["account is string; allowed: an object", { ...required, account: "dj" }],
  ["nodes is object; allowed: an array", { ...required, nodes: {} }],
  ["nodes.0 is null; allowed: an object", { ...required, nodes: [null] }],
  [
    "nodes.0.password is number; allowed: a string or null",
    { ...required, nodes: [{ url: "http://n", password: 5 }] },
  ],
  ["nodes.0.url is 5; allowed: an http: or https: URL", { ...required, nodes: [{ url: 5, password: null }] }],
  ["folder is number; allowed: a string", { ...required, folder: 5 }],
  ["prefix is number; allowed: a string", { ...required, prefix: 5 }],
  ["control is null; allowed: a string", { ...required, control: null }],
  ["announce is string; allowed: a boolean", { ...required, announce: "yes" }],
  ["searchers is string; allowed: an array", { ...required, searchers: "search" }],
  ["searchers is [5]; allowed: at least one", { ...required, searchers: [5] }],
  ["idleMs is string; allowed: a number", { ...required, idleMs: "5" }],
  ["personRate is number; allowed: an object", { ...required, personRate: 5 }],
  ["personRate.burst is 0; allowed: at least 1", { ...required, personRate: { burst: 0, everyMs: 1 } }],
  ["answerRate.everyMs is undefined; allowed: above 0", { ...required, answerRate: { burst: 1 } }],
  ["discovery is number; allowed: an object", { ...required, discovery: 5 }],
  [
    "discovery.password is empty; allowed: a text",
    { ...required, discovery: { nats: "nats://h:1", password: "" } },
  ],
])("Option %s", (message, options) => {
  expect(() => readDjOptions(options as never)).toThrow(
    expect.objectContaining({
      code: "OPTION_INVALID",
      message: expect.stringContaining(`Option ${message}`),
    }),
  );
});
