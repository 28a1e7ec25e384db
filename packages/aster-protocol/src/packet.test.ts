import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPush, checkReply, parsePacket } from "./packet.ts";
import { isPushName } from "./pushes.ts";

const packet = (text: string) => {
  const parsed = parsePacket(text);
  if (!parsed.ok) throw new Error(`${parsed.field}: ${parsed.expected}`);
  return parsed.value;
};

describe("parsePacket, checkReply and checkPush", () => {
  it.each(["", "{", "[]", "5", '{"command":"x"}', '{"status":200}', '{"command":5,"status":200}'])(
    "rejects %s",
    (text) => expect(parsePacket(text).ok).toBe(false),
  );

  it("accepts packets of the reference server, which lack some fields", () => {
    const reply = packet(
      '{"command":"get_metadata","data":[{"groups":[7],"name":"ann","pfp":"iVBOR","uuid":101}],"status":200}',
    );
    expect(checkReply("get_metadata", reply)).toEqual({
      ok: true,
      value: { data: [{ uuid: 101, name: "ann", pfp: "iVBOR", groups: [7], group_uuid: 0 }] },
    });
    const history = packet(
      '{"command":"history","data":[{"author_uuid":1,"channel_uuid":2,"content":"hi","date":3,"edited":false,"reply":null,"uuid":4}],"status":200}',
    );
    expect(checkReply("history", history).ok).toBe(true);
  });

  it("names the invalid field of a reply", () => {
    const bad = packet('{"command":"get_metadata","status":200,"data":[{"uuid":1,"name":2}]}');
    expect(checkReply("get_metadata", bad)).toEqual({ ok: false, field: "data.0.name", expected: "string" });
  });

  it("reads the fields of a content push from the top level", () => {
    const push = packet(
      '{"author_uuid":12,"channel_uuid":34,"command":"content","content":"hello","date":1700000000,"edited":false,"reply":null,"status":200,"uuid":56}',
    );
    expect(checkPush("content", push)).toMatchObject({ ok: true, value: { uuid: 56, reply: null } });
  });

  it("rejects a version that is not three bytes", () => {
    expect(
      checkPush("API_version", packet('{"command":"API_version","status":200,"version":[0,256,0]}')).ok,
    ).toBe(false);
    expect(
      checkPush("API_version", packet('{"command":"API_version","status":200,"version":[0,2]}')).ok,
    ).toBe(false);
  });

  it("never throws on any packet", () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (command, value) => {
        const parsed = parsePacket(JSON.stringify({ command, status: 200, data: value }));
        if (parsed.ok && isPushName(command)) checkPush(command, parsed.value);
      }),
    );
  });
});
