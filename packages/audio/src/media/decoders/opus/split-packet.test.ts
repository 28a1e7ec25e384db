import fc from "fast-check";
import { expect, it } from "vitest";
import { splitOpusPacket } from "./split-packet.ts";

/** A length of RFC 6716, section 3.2.1. */
const lengthBytes = (length: number): number[] =>
  length < 252 ? [length] : [252 + (length & 3), (length - 252 - (length & 3)) / 4];

const frame = fc.uint8Array({ maxLength: 300 });

/** The same packet with plain and with self-delimiting framing. */
const packet = fc
  .record({
    code: fc.integer({ min: 0, max: 3 }),
    frames: fc.array(frame, { minLength: 1, maxLength: 6 }),
    isVariable: fc.boolean(),
    padding: fc.integer({ min: 0, max: 600 }),
  })
  .map(({ code, frames: given, isVariable, padding }) => {
    const [first = new Uint8Array(0), second = first] = given;
    const chosen = code === 0 ? [first] : code === 1 ? [first, first] : code === 2 ? [first, second] : given;
    const frames = code !== 3 || isVariable ? chosen : chosen.map(() => first);
    const head = [(31 << 3) | code];
    if (code === 3) {
      head.push((isVariable ? 0x80 : 0) | (padding > 0 ? 0x40 : 0) | frames.length);
      if (padding > 0)
        head.push(...new Array<number>(Math.floor((padding - 1) / 254)).fill(255), (padding - 1) % 254);
    }
    // The bytes that state the padding belong to it.
    const zeros =
      code === 3 && padding > 0 ? Math.floor((padding - 1) / 254) * 254 + ((padding - 1) % 254) : 0;
    const lengths = frames.map(({ length }) => lengthBytes(length));
    const stated = code === 2 || (code === 3 && isVariable) ? lengths.slice(0, -1).flat() : [];
    const body = [...frames.flatMap((bytes) => [...bytes]), ...new Array<number>(zeros).fill(0)];
    return {
      plain: Uint8Array.from([...head, ...stated, ...body]),
      delimited: Uint8Array.from([...head, ...stated, ...(lengths.at(-1) ?? []), ...body]),
    };
  });

it("splits packets of any framing", () => {
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 5 }), (packets) => {
      const last = packets.at(-1)?.plain ?? new Uint8Array(0);
      const joined = [...packets.slice(0, -1).map(({ delimited }) => delimited), last];
      const split = splitOpusPacket(Buffer.concat(joined), packets.length);
      expect(split?.map((bytes) => [...bytes])).toEqual(packets.map(({ plain }) => [...plain]));
    }),
  );
});

it("returns undefined for a packet that ends early", () => {
  expect(splitOpusPacket(new Uint8Array(0), 1)).toBeUndefined();
  expect(splitOpusPacket(Uint8Array.of(0xf8, 5, 1, 2, 3, 4), 2)).toBeUndefined();
  expect(splitOpusPacket(Uint8Array.of(0xf8, 2, 1, 2), 2)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 255 }), (bytes, streams) => {
      const split = splitOpusPacket(bytes, streams);
      expect(split === undefined || split.length === streams).toBe(true);
    }),
  );
});
