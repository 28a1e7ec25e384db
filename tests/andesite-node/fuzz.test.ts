import { operations } from "@asterite/andesite-protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeFakeTrack } from "../../packages/andesite-node/src/api/api.test-support.ts";
import { everyNode, type Json, sendRequest, TestSocket } from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const player = `/player/${guildId}`;

const fields = [
  "track",
  "start",
  "startTime",
  "end",
  "pause",
  "volume",
  "noReplace",
  "position",
  "filters",
  "players",
  "enable",
  "bands",
  "equalizer",
  "timescale",
  "tremolo",
  "karaoke",
  "guildId",
  "userId",
  "sessionId",
  "event",
  "timeout",
  "ttl",
];

const value = fc.oneof(
  fc.jsonValue(),
  fc.constant(encodeFakeTrack("a song")),
  fc.constantFrom("1", "-1", "1e999", "", "18446744073709551616", "__proto__"),
  fc.double(),
);

/** An object with some known fields. */
const body = fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), value, { maxKeys: 6 });

const route = fc.constantFrom(
  ["POST", `${player}/play`],
  ["PATCH", `${player}/mixer`],
  ["PATCH", `${player}/filters`],
  ["PATCH", `${player}/pause`],
  ["PATCH", `${player}/seek`],
  ["PATCH", `${player}/volume`],
  ["PATCH", player],
  ["POST", `${player}/listen`],
  ["POST", "/player/voice-server-update"],
  ["POST", "/decodetrack"],
  ["POST", "/decodetracks"],
);

const runs = Number(process.env["ASTERITE_LONG_TESTS"] ? 10_000 : 300);

it.each(everyNode)(
  "$name responds to any body with a documented status",
  { timeout: 600_000 },
  async ({ start }) => {
    const { url } = await start();
    const text = fc.oneof(
      body.map((one) => JSON.stringify(one)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(route, text, async ([method = "", path = ""], given) => {
        const { status, body: answer } = await sendRequest(url + path, {
          method,
          headers: { "User-Id": "1" },
          body: given,
        });
        expect([200, 204, 400, 404, 500]).toContain(status);
        if (status === 400 || status === 404) expect(answer).toMatchObject({ code: status });
        if (status === 500)
          expect((answer as Json)["class"]).not.toMatch(/^(?:Type|Range|Reference|Syntax|)Error$/);
      }),
      { numRuns: runs },
    );
    expect(await sendRequest(`${url}/stats`)).toMatchObject({ status: 200 });
  },
);

it.each(everyNode)(
  "$name responds to any URL with a documented status",
  { timeout: 600_000 },
  async ({ start }) => {
    const { url } = await start({ password: "x" });
    const path = fc.oneof(
      fc.webPath(),
      fc.string({ unit: fc.constantFrom(..."/?&=%+#.:aé0") }),
      fc.constantFrom("/stats", "/loadtracks", "/listen/", "/player/1", "//", "*"),
    );
    await fc.assert(
      fc.asyncProperty(path, fc.webQueryParameters(), async (given, query) => {
        const target = encodeURI(given).replaceAll("%25", "%");
        const { status } = await sendRequest(`${url}/${target}?password=x&user-id=1&${query}`);
        expect([200, 400, 401, 403, 404, 500]).toContain(status);
      }),
      { numRuns: runs },
    );
  },
);

it.each(everyNode)("$name survives any frame", { timeout: 600_000 }, async ({ start }) => {
  const { url } = await start();
  let socket = await TestSocket.open(url);
  const op = fc.constantFrom(...Object.keys(operations), "unknown");
  const operation = fc.record({ op, guildId: fc.constantFrom(guildId, "1", null, 5) }, { requiredKeys: [] });
  const frame = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(body, operation)
        .map((parts) => Buffer.from(JSON.stringify(Object.assign({}, ...parts)))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  );
  await fc.assert(
    fc.asyncProperty(frame, fc.boolean(), async (bytes, binary) => {
      socket.webSocket.send(bytes, { binary });
      try {
        await socket.settle();
      } catch {
        const { code } = await socket.closed();
        expect([4001, 4002]).toContain(code);
        socket = await TestSocket.open(url);
      }
      socket.received.length = 0;
    }),
    { numRuns: runs },
  );
});
