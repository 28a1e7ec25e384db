import fc from "fast-check";
import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { describe, expect, it } from "vitest";
import { OggOpusWriter } from "./ogg-opus.ts";

const serial = 0xdeadbeef;

const packetOf = (length: number, fill: number): Uint8Array => {
  const packet = new Uint8Array(length).fill(fill);
  if (length > 0) packet[0] = 0xfc;
  return packet;
};

/** Packet of an Ogg stream with the granule position of the page on which it ends. */
interface ReadPacket {
  readonly data: Buffer;
  readonly granule: bigint;
  /** Sequence number of that page. */
  readonly page: number;
}

/** Computes the checksum of RFC 3533 bit by bit. */
function checksum(page: Buffer): number {
  let register = 0;
  for (const byte of page) {
    register ^= byte * 2 ** 24;
    for (let bit = 0; bit < 8; bit++)
      register = register & (2 ** 31) ? (register << 1) ^ 0x04c11db7 : register << 1;
  }
  return register >>> 0;
}

/** Parses a stream strictly by RFC 3533, and fails for any unexpected byte. */
function readStrictly(stream: Buffer, isEnded: boolean): ReadPacket[] {
  const packets: ReadPacket[] = [];
  let open: Buffer[] | null = null;
  for (let at = 0, number = 0; at < stream.length; number++) {
    expect(stream.toString("latin1", at, at + 5)).toBe("OggS\0");
    const segments = stream.readUInt8(at + 26);
    const lacing = stream.subarray(at + 27, at + 27 + segments);
    const bodyAt = at + 27 + segments;
    const end = bodyAt + lacing.reduce((sum, value) => sum + value, 0);
    expect(end).toBeLessThanOrEqual(stream.length);
    const summed = Buffer.from(stream.subarray(at, end));
    summed.writeUInt32LE(0, 22);
    expect(stream.readUInt32LE(at + 22)).toBe(checksum(summed));
    expect([stream.readUInt32LE(at + 14), stream.readUInt32LE(at + 18)]).toEqual([serial, number]);
    const isLast = isEnded && end === stream.length;
    const flags = (open ? 1 : 0) | (number === 0 ? 2 : 0) | (isLast ? 4 : 0);
    expect(stream.readUInt8(at + 5)).toBe(flags);
    const granule = stream.readBigInt64LE(at + 6);
    if (!lacing.some((value) => value < 255) && segments > 0) expect(granule).toBe(-1n);
    let place = bodyAt;
    for (const value of lacing) {
      open = [...(open ?? []), stream.subarray(place, place + value)];
      place += value;
      if (value === 255) continue;
      packets.push({ data: Buffer.concat(open), granule, page: number });
      open = null;
    }
    at = end;
  }
  expect(open).toBeNull();
  return packets;
}

describe("an Ogg/Opus stream", () => {
  it("is demuxed packet by packet by another library", async () => {
    const writer = new OggOpusWriter(serial);
    const lengths = [1, 3, 254, 255, 256, 509, 510, 511, 1_275, 20, 10_000, 30_000, 65_025, 100_000, 2];
    const packets = lengths.map((length, index) => packetOf(length, index));
    const pages = [writer.headers(), writer.pages(packets.slice(0, 4)), writer.pages(packets.slice(4))];
    const input = new Input({ source: new BufferSource(Buffer.concat(pages)), formats: [OGG] });
    const track = await input.getPrimaryAudioTrack();
    expect(await track?.getCodec()).toBe("opus");
    expect(await track?.getNumberOfChannels()).toBe(2);
    const found: Uint8Array[] = [];
    if (track) for await (const packet of new EncodedPacketSink(track).packets()) found.push(packet.data);
    expect(found).toEqual(packets);
  });

  it("is valid for a strict reader with packets of any size in groups of any size", () => {
    const lengthOf = fc.oneof(
      fc.constantFrom(0, 254, 255, 256, 510, 255 * 254, 255 * 255 - 1, 255 * 255, 255 * 255 + 1),
      fc.nat(1_275),
      fc.nat(140_000),
    );
    const groups = fc.array(fc.array(lengthOf, { maxLength: 40 }), { minLength: 1, maxLength: 3 });
    const property = fc.property(groups, fc.nat(80_000), fc.boolean(), (lengths, commentBytes, isEnded) => {
      const writer = new OggOpusWriter(serial, { comments: [`TITLE=${"x".repeat(commentBytes)}`] });
      const written = lengths.map((group) => group.map((bytes, index) => packetOf(bytes, index)));
      const stream = [writer.headers()];
      for (const [index, packets] of written.entries()) {
        stream.push(writer.pages(packets, isEnded && index === written.length - 1));
      }
      const [head, tags, ...packets] = readStrictly(Buffer.concat(stream), isEnded);
      expect(head?.data.subarray(0, 8).toString()).toBe("OpusHead");
      expect(tags?.data.subarray(0, 8).toString()).toBe("OpusTags");
      expect([head?.granule, tags?.granule]).toEqual([0n, 0n]);
      const expected = written.flat();
      expect(packets.length).toBe(expected.length);
      for (const [index, { data, granule, page }] of packets.entries()) {
        expect(data.equals(expected[index] ?? new Uint8Array())).toBe(true);
        // The granule position of a page is the one after the last packet that ends on it.
        const samples = BigInt(960 * (index + 1));
        if (packets[index + 1]?.page === page) expect(granule).toBeGreaterThan(samples);
        else expect(granule).toBe(samples);
      }
    });
    fc.assert(property, { numRuns: 50 });
  });
});
