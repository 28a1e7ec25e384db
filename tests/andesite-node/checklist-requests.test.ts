// Lines 1 to 4 of section 17 of the protocol.

import { readFileSync } from "node:fs";
import { metadata } from "@asterite/andesite-protocol";
import { describe, expect, it } from "vitest";
import { everyNode, sendRefusedHandshake, sendRequest, TestSocket } from "../support/andesite-node.ts";

const manifestUrl = new URL("../../packages/andesite-node/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifestUrl, "utf8")) as { readonly version: string };
const [major, minor, revision] = version.split(".");
const unauthorized = { status: 401, body: { code: 401, message: "Unauthorized" } };
const invalidUser = { status: 400, body: { code: 400, message: "Missing or invalid user id" } };
const notFound = { status: 404, body: { code: 404, message: "Not found" } };
const guild = "/player/81384788765712384";

const playerOf = (url: string, user: string) => sendRequest(url + guild, { headers: { "User-Id": user } });

describe.each(everyNode)("1. the password: $name", ({ start }) => {
  const password = "open sesame";

  it("is accepted in each of three places", async () => {
    const { url } = await start({ password });
    expect(await sendRequest(`${url}/stats`)).toMatchObject(unauthorized);
    expect(await sendRequest(`${url}/stats`, { headers: { Authorization: password } })).toMatchObject({
      status: 200,
    });
    const protocol = { "Sec-WebSocket-Protocol": `chat, andesite-password:${password}` };
    expect(await sendRequest(`${url}/stats`, { headers: protocol })).toMatchObject({ status: 200 });
    expect(await sendRequest(`${url}/stats?password=open+sesame`)).toMatchObject({ status: 200 });
    expect(await sendRequest(`${url}/stats?password=x&password=open+sesame`)).toMatchObject(unauthorized);
  });

  it("only counts in the first place where it is present", async () => {
    const { url } = await start({ password });
    const wrong = { Authorization: `Bearer ${password}` };
    expect(await sendRequest(`${url}/stats?password=open+sesame`, { headers: wrong })).toMatchObject(
      unauthorized,
    );
    const header = { "Sec-WebSocket-Protocol": "andesite-password:x" };
    expect(await sendRequest(`${url}/stats?password=open+sesame`, { headers: header })).toMatchObject(
      unauthorized,
    );
    expect(
      await sendRequest(`${url}/stats`, { headers: { ...header, Authorization: password } }),
    ).toMatchObject({
      status: 200,
    });
  });

  it("may contain any characters", async () => {
    const { url } = await start({ password: "pässwörd ☃" });
    expect(await sendRequest(`${url}/stats?password=${encodeURIComponent("pässwörd ☃")}`)).toMatchObject({
      status: 200,
    });
    const bytes = Buffer.from("pässwörd ☃", "utf8").toString("latin1");
    expect(await sendRequest(`${url}/stats`, { headers: { Authorization: bytes } })).toMatchObject({
      status: 200,
    });
  });

  it("is ignored by a node without one", async () => {
    const { url } = await start();
    expect(await sendRequest(`${url}/stats?password=x`, { headers: { Authorization: "y" } })).toMatchObject({
      status: 200,
    });
  });

  it("is not required for metrics", async () => {
    const { url } = await start({ password, metrics: { enabled: true } });
    const response = await fetch(`${url}/metrics`);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(await response.text()).toContain("andesite_players 0");
    const off = await start({ password, metrics: { enabled: false } });
    expect(await sendRequest(`${off.url}/metrics`)).toMatchObject(unauthorized);
  });

  it("is required for a handshake, and echoed as its subprotocol", async () => {
    const { url } = await start({ password: "sesame" });
    const headers = { "User-Id": "1" };
    expect(await sendRefusedHandshake(`${url}/websocket`, { headers })).toMatchObject(unauthorized);
    const item = "andesite-password:sesame";
    const raw = { ...headers, "Sec-WebSocket-Protocol": `other, ${item}` };
    const refused = await sendRefusedHandshake(`${url}/websocket`, {
      headers: { ...headers, "Sec-WebSocket-Protocol": "andesite-password:no" },
    });
    expect(refused).toMatchObject(unauthorized);
    const answer = await handshake(`${url}/websocket`, raw);
    expect(answer).toContain(`\r\nSec-WebSocket-Protocol: ${item}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    const other = await handshake(`${url}/websocket`, { ...headers, Authorization: "sesame" });
    expect(other).not.toContain("Sec-WebSocket-Protocol");
  });
});

/** Sends a handshake with subprotocols that WebSocket libraries reject. Returns the head of the response. */
async function handshake(url: string, headers: Record<string, string>): Promise<string> {
  const { connect } = await import("node:net");
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries({
    Host: "node",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes("\r\n\r\n")) break;
  }
  return text;
}

describe.each(everyNode)("2. the user id: $name", ({ start }) => {
  it("is read from the header, or from the query without a header", async () => {
    const { url } = await start();
    const seek = (headers: Record<string, string>, query = "") =>
      sendRequest(`${url}${guild}/stop${query}`, { method: "POST", headers });
    expect(await seek({ "User-Id": "7" }, "?user-id=8")).toMatchObject({ status: 200 });
    expect(await playerOf(url, "7")).toMatchObject({ status: 200 });
    expect(await playerOf(url, "8")).toMatchObject({ status: 404 });
    expect(await seek({}, "?user-id=9&user-id=10")).toMatchObject({ status: 200 });
    expect(await playerOf(url, "9")).toMatchObject({ status: 200 });
    expect(await seek({ "User-Id": "text" }, "?user-id=8")).toMatchObject(invalidUser);
    expect(await seek({ "User-Id": "" }, "?user-id=8")).toMatchObject(invalidUser);
  });

  it.each([
    ["0", "0"],
    ["007", "7"],
    ["+7", "7"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551616", null],
    ["-1", null],
    ["text", null],
    ["", null],
    ["1.0", null],
  ])("%j is read as %j", async (given, user) => {
    const { url } = await start();
    const answer = await sendRequest(`${url}${guild}/stop?user-id=${encodeURIComponent(given)}`, {
      method: "POST",
    });
    if (user === null) expect(answer).toMatchObject(invalidUser);
    else expect(await playerOf(url, user)).toMatchObject({ status: 200 });
  });

  it("separates players of the same guild", async () => {
    const { url } = await start();
    const as = (id: string) => ({ headers: { "User-Id": id } });
    await sendRequest(`${url}${guild}/volume`, { method: "PATCH", body: { volume: 10 }, ...as("1") });
    expect(await sendRequest(`${url}${guild}`, as("1"))).toMatchObject({ status: 200, body: { volume: 10 } });
    expect(await sendRequest(`${url}${guild}`, as("2"))).toMatchObject({
      status: 404,
      body: { code: 404, message: "Player not found" },
    });
  });

  it("is required for a handshake", async () => {
    const { url } = await start();
    expect(await sendRefusedHandshake(`${url}/websocket`)).toMatchObject(invalidUser);
    expect(await sendRefusedHandshake(`${url}/?user-id=-1`)).toMatchObject(invalidUser);
  });
});

describe.each(everyNode)("3. the order of steps: $name", ({ start }) => {
  it("checks the user id before an unknown path", async () => {
    const { url } = await start();
    const headers = { "User-Id": "1" };
    expect(await sendRequest(`${url}/nothing`)).toMatchObject(invalidUser);
    expect(await sendRequest(`${url}/nothing`, { headers })).toMatchObject(notFound);
    expect(await sendRequest(`${url}/stats`, { method: "POST", headers })).toMatchObject(notFound);
    expect(await sendRequest(`${url}${guild}`, { method: "PUT", headers })).toMatchObject(notFound);
    expect(await sendRequest(`${url}/stats/`)).toMatchObject({ status: 200 });
  });

  it("handles an ordinary request to the path of a WebSocket like one to an unknown path", async () => {
    const { url } = await start();
    const headers = { "User-Id": "1" };
    for (const path of ["/", "/websocket"]) {
      expect(await sendRequest(url + path)).toMatchObject(invalidUser);
      expect(await sendRequest(url + path, { headers })).toMatchObject(notFound);
    }
    expect(await sendRefusedHandshake(`${url}/nothing`, { headers })).toMatchObject(notFound);
  });

  it("checks the password before everything else", async () => {
    const { url } = await start({ password: "x" });
    expect(await sendRequest(`${url}/nothing`)).toMatchObject(unauthorized);
    expect(await sendRequest(`${url}/loadtracks?identifier=%`)).toMatchObject(unauthorized);
    expect(
      await sendRequest(`${url}/decodetracks`, { method: "POST", body: "x".repeat(70_000) }),
    ).toMatchObject(unauthorized);
  });

  it("checks the body before the user id, and the guild id after it", async () => {
    const { url } = await start();
    const body = "x".repeat(70_000);
    expect(await sendRequest(`${url}/nothing`, { method: "POST", body })).toMatchObject({ status: 413 });
    expect(await sendRequest(`${url}/player/abc`)).toMatchObject(invalidUser);
    expect(await sendRequest(`${url}/player/abc`, { headers: { "User-Id": "1" } })).toMatchObject({
      status: 400,
      body: { code: 400, message: "Missing or invalid guild id" },
    });
  });

  it("rejects malformed percent-encoding with 400", async () => {
    const { url } = await start();
    const malformed = { status: 400, body: { code: 400, message: "Malformed percent-encoding in the URL" } };
    expect(await sendRequest(`${url}/loadtracks?identifier=%zz`)).toMatchObject(malformed);
    expect(await sendRequest(`${url}/stats/%c3%28`)).toMatchObject(malformed);
  });

  it("disables the HTTP API or WebSockets by option", async () => {
    const headers = { "User-Id": "1" };
    const sockets = await start({ http: { rest: false } });
    expect(await sendRequest(`${sockets.url}/stats`, { headers })).toMatchObject(notFound);
    await TestSocket.open(sockets.url);
    const rest = await start({ http: { webSocket: false } });
    expect(await sendRequest(`${rest.url}/stats`)).toMatchObject({ status: 200 });
    expect(await sendRefusedHandshake(`${rest.url}/websocket`, { headers })).toMatchObject(notFound);
  });
});

describe.each(everyNode)("4. the metadata: $name", ({ start }) => {
  it("is in every response, including errors and handshakes", async () => {
    const { url } = await start({ password: "x", region: "eu", id: "node 1" });
    const expected = Object.values(metadata).map(({ header }) => header.toLowerCase());
    const open = await TestSocket.open(url, { headers: { "User-Id": "1", Authorization: "x" } });
    const answers = [
      await sendRequest(`${url}/stats?password=x`),
      await sendRequest(`${url}/stats`),
      await sendRequest(`${url}/nothing?password=x&user-id=1`),
      await sendRequest(`${url}/decodetrack?password=x&track=!`),
    ].map(({ headers }) => Object.fromEntries(headers));
    const refused = await sendRefusedHandshake(`${url}/websocket`);
    for (const headers of [...answers, refused.headers, open.headers]) {
      expect(Object.keys(headers)).toEqual(expect.arrayContaining(expected));
      expect(headers).toMatchObject({
        "andesite-version": version,
        "andesite-version-major": major,
        "andesite-version-minor": minor,
        "andesite-version-revision": revision,
        "andesite-version-build": "-1",
        "andesite-node-region": "eu",
        "andesite-node-id": "node 1",
        "andesite-loaded-plugins": "",
      });
    }
    expect(open.headers["andesite-connection-id"]).toMatch(/^\d+$/);
    expect(refused.headers["content-type"]).toBe("application/json");
  });
});
