import { expect, it } from "vitest";
import { OutgoingPacket, push } from "./outgoing-packet.ts";

const packet = (text: string) => new OutgoingPacket({ command: text, status: 200 });

it("encodes one compact line", () => {
  expect(packet("ping").line().toString()).toBe('{"command":"ping","status":200}\n');
});

it.each([
  [1, 2],
  [125 - 27, 2],
  [126 - 27, 4],
  [65_535 - 27, 4],
  [65_536 - 27, 10],
])("frames %i characters of content with a header of %i bytes", (length, header) => {
  const frame = packet("x".repeat(length)).frame();
  const size = length + '{"command":"","status":200}'.length;
  expect(frame.length).toBe(header + size);
  expect(frame[0]).toBe(0x81);
  const declared =
    header === 2 ? frame[1] : header === 4 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  expect(declared).toBe(size);
});

it("frames by the number of bytes, not characters", () => {
  const frame = packet("😀".repeat(40)).frame();
  expect(frame.subarray(4).toString()).toBe(JSON.stringify({ command: "😀".repeat(40), status: 200 }));
});

it("encodes its bytes once", () => {
  const one = packet("ping");
  expect(one.line()).toBe(one.line());
  expect(one.frame()).toBe(one.frame());
  expect(one.line(true)).toBe(one.line());
});

it("gives every push the status 200", () => {
  expect(
    JSON.parse(
      push("online", { data: [1] })
        .line()
        .toString(),
    ),
  ).toEqual({
    command: "online",
    status: 200,
    data: [1],
  });
});

it("adds the sequence number only on request", () => {
  const numbered = push("online", { data: [] }, 7);
  expect(numbered.line().toString()).toBe('{"data":[],"command":"online","status":200}\n');
  expect(numbered.line(true).toString()).toBe('{"data":[],"command":"online","status":200,"seq":7}\n');
  expect(numbered.frame(true).length).toBe(numbered.frame().length + ',"seq":7'.length);
});
