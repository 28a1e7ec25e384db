import fc from "fast-check";
import { expect, it } from "vitest";
import { OutgoingPacket, push } from "../hub/outgoing-packet.ts";
import { type CommitNotice, decodeCommitNotice, encodeCommitNotice } from "./commit-notice.ts";

// `unit: "binary"` generates the same strings but takes most of a second to initialize.
const anyText = fc.string({ unit: fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point)) });

const notice: CommitNotice = {
  events: [
    { seq: 7, type: "content", channel: 1, subject: 2 },
    { seq: 8, type: "get_name", channel: null, subject: null },
  ],
  packets: [
    {
      audience: { type: "readers", channel: 1, exceptUser: 3, exceptConnection: 4 },
      packet: push("message_deleted", { message: 2, channel_uuid: 1 }, 7),
    },
    { audience: { type: "everyone", onlyLegacy: true }, packet: push("online", { data: [1, 2] }) },
  ],
};

it("keeps events and the exact bytes of their pushes, and drops the sender's connection number", () => {
  const read = decodeCommitNotice(encodeCommitNotice(notice));
  expect(read?.events).toEqual(notice.events);
  expect(read?.packets.map(({ audience }) => audience)).toEqual([
    { type: "readers", channel: 1, exceptUser: 3 },
    { type: "everyone", onlyLegacy: true },
  ]);
  for (const isNumbered of [true, false]) {
    const bytes = (one: CommitNotice | undefined) =>
      one?.packets.map(({ packet }) => packet.line(isNumbered));
    expect(bytes(read)).toEqual(bytes(notice));
  }
});

it("round-trips pushes with arbitrary text", () => {
  fc.assert(
    fc.property(anyText, (content) => {
      const packet = new OutgoingPacket(JSON.stringify({ command: "content", status: 200, content }), 1);
      const sent: CommitNotice = { events: [], packets: [{ audience: { type: "users" }, packet }] };
      expect(decodeCommitNotice(encodeCommitNotice(sent))?.packets[0]?.packet.text).toBe(packet.text);
    }),
  );
});

it("returns undefined for malformed notices and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeCommitNotice(bytes)?.packets ?? []).toEqual([]);
    }),
  );
  const bad = ["", "[]x", "{}", '[["a"]]', "[[1,2,3]]", '[[1,"content",null,null],[3,"content",null,null]]'];
  const texts = [...bad, '[]\n[1]\n{"command":"x"}', "[]\n[1,null]\n{}"];
  for (const text of texts) expect(decodeCommitNotice(new TextEncoder().encode(text))).toBeUndefined();
});
