import fc from "fast-check";
import { expect, it } from "vitest";
import { FrameMeter } from "./frame-meter.ts";

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly data: Buffer;
}

/** Encodes a frame as a client sends it, masked with zeros. */
function encode({ opcode, fin, data }: Frame): Buffer {
  const mask = Buffer.alloc(4);
  const first = Buffer.of(opcode | (fin ? 0x80 : 0));
  const length = Buffer.alloc(data.length < 126 ? 1 : data.length < 65_536 ? 3 : 9);
  if (length.length === 3) length.writeUInt16BE(data.length, 1);
  if (length.length === 9) length.writeBigUInt64BE(BigInt(data.length), 1);
  length[0] = 0x80 | (length.length === 1 ? data.length : length.length === 3 ? 126 : 127);
  return Buffer.concat([first, length, mask, data]);
}

const text = (length: number, fin = true, opcode = 1): Frame => ({
  opcode,
  fin,
  data: Buffer.alloc(length, 97),
});

it("counts frames of every kind when they end", () => {
  const meter = new FrameMeter();
  const frames = [text(5, false), text(0, false, 0), text(3, true, 9), text(1, true, 0), text(0, true, 2)];
  const bytes = Buffer.concat(frames.map(encode));
  meter.push(bytes.subarray(0, -1));
  expect(meter.takeFrames()).toBe(4);
  meter.push(bytes.subarray(-1));
  expect([meter.takeFrames(), meter.takeFrames()]).toEqual([1, 0]);
});

it("counts the bytes of an unfinished message with its headers, and none between messages", () => {
  const meter = new FrameMeter();
  const message = encode(text(70_000));
  meter.push(message.subarray(0, 1));
  expect(meter.unfinishedBytes).toBe(1);
  meter.push(message.subarray(1, 50_000));
  expect(meter.unfinishedBytes).toBe(50_000);
  meter.push(message.subarray(50_000));
  expect(meter.unfinishedBytes).toBe(0);
  meter.push(Buffer.concat([message, message, message.subarray(0, 9)]));
  expect(meter.unfinishedBytes).toBe(9);
});

it("counts the frames of a fragmented message together, without control frames in between", () => {
  const meter = new FrameMeter();
  const first = encode(text(100, false));
  const ping = encode({ opcode: 9, fin: true, data: Buffer.from("ping") });
  meter.push(first);
  meter.push(ping);
  expect(meter.unfinishedBytes).toBe(first.length);
  const second = encode(text(200, false, 0));
  meter.push(Buffer.concat([ping, second, ping]));
  expect(meter.unfinishedBytes).toBe(first.length + second.length);
  meter.push(encode(text(0, true, 0)));
  expect(meter.unfinishedBytes).toBe(0);
});

it("counts the same however the bytes are cut", () => {
  const length = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 65_535, 65_536));
  const message = fc.array(fc.tuple(length, fc.boolean()), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(message, fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }), (parts, cuts) => {
      const frames = parts.map(([bytes, withPing], index) => {
        const frame = encode(text(bytes, index === parts.length - 1, index === 0 ? 1 : 0));
        return withPing ? [frame, encode({ opcode: 9, fin: true, data: Buffer.from("?") })] : [frame];
      });
      const stream = Buffer.concat(frames.flat());
      const meter = new FrameMeter();
      for (let offset = 0, turn = 0; offset < stream.length; turn++) {
        const cut = cuts[turn % cuts.length] ?? 1;
        meter.push(stream.subarray(offset, offset + cut));
        offset += cut;
      }
      expect(meter.unfinishedBytes).toBe(0);
    }),
  );
});
