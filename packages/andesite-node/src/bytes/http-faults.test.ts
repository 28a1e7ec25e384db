import { TrackError } from "@asterite/audio/media";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventually, numbered, openUrl, sendRange, serve } from "./bytes.test-support.ts";

const file = numbered(30_000);

/** Behaviour of the server for one request. */
const behaviour = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("fine" as const) }) },
  fc.record({ type: fc.constant("cut" as const), after: fc.nat(8_000) }),
  fc.record({ type: fc.constant("short" as const), maxBytes: fc.integer({ min: 1, max: 8_000 }) }),
  fc.record({ type: fc.constant("status" as const), status: fc.constantFrom(500, 503, 429, 404) }),
  fc.record({ type: fc.constant("reset" as const) }),
  fc.record({ type: fc.constant("shifted" as const) }),
);

const read = fc.record({ start: fc.nat(31_000), length: fc.nat(9_000) });

describe("openBytes from a faulty server", () => {
  it("returns the right bytes or an error, never wrong bytes, and leaves no connection open", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { maxLength: 12 }),
        fc.array(read, { maxLength: 6 }),
        async (plan, reads) => {
          await using server = await serve((request, response) => {
            const next = plan[server.requests.length - 1] ?? { type: "fine" };
            if (next.type === "reset") request.socket.resetAndDestroy();
            else if (next.type === "status") response.writeHead(next.status).end();
            else if (next.type === "cut") sendRange(request, response, file, { cutAfter: next.after });
            else if (next.type === "short") sendRange(request, response, file, { maxBytes: next.maxBytes });
            else if (next.type === "fine") sendRange(request, response, file);
            else sendRange(request, response, file, { headers: { "content-range": "bytes 1-29999/30000" } });
          });
          try {
            const bytes = await openUrl(server.url, {
              limits: { blockBytes: 1_000, keptBlocks: 2, backOffMs: 1 },
            });
            try {
              if (bytes.type !== "random") throw new Error("expected random access");
              for (const { start, length } of reads) {
                expect(await bytes.read(start, start + length)).toEqual(file.slice(start, start + length));
              }
            } finally {
              bytes.close();
            }
          } catch (error) {
            if (!(error instanceof TrackError)) throw error;
          }
          await eventually(() => server.sockets.size).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
