import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { describe, expect, test } from "vitest";
import { OggOpusWriter } from "./ogg-opus.ts";

const packetOf = (length: number, fill: number): Uint8Array => {
  const packet = new Uint8Array(length).fill(fill);
  packet[0] = 0xfc;
  return packet;
};

describe("an Ogg stream of Opus", () => {
  test("is read back packet by packet by another program's reader", async () => {
    const writer = new OggOpusWriter(0xdeadbeef);
    const lengths = [1, 3, 254, 255, 256, 509, 510, 511, 1_275, 20];
    const packets = lengths.map((length, index) => packetOf(length, index));
    const pages = [writer.headers(), writer.page(packets.slice(0, 4)), writer.page(packets.slice(4))];
    const input = new Input({ source: new BufferSource(Buffer.concat(pages)), formats: [OGG] });
    const track = await input.getPrimaryAudioTrack();
    expect(await track?.getCodec()).toBe("opus");
    expect(await track?.getNumberOfChannels()).toBe(2);
    const found: Uint8Array[] = [];
    if (track) for await (const packet of new EncodedPacketSink(track).packets()) found.push(packet.data);
    expect(found).toEqual(packets);
  });
});
