// mediabunny as a referee: it reads and writes the same streams with code of its own.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openMedia } from "@asterite/audio/media";
import { makeTransportStream, mediaFolder, splitAdts } from "@asterite/testkit";
import {
  ADTS,
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  Input,
  type InputFormat,
  MpegTsOutputFormat,
  Output,
  type Source,
  UrlSource,
} from "mediabunny";
import { expect, it } from "vitest";
import { decodeAll } from "../../../audio/src/media/media.test-support.ts";
import { sendRange, serve } from "../bytes/bytes.test-support.ts";
import { MemoryBytes } from "../bytes/memory-bytes.ts";

const file = readFileSync(join(mediaFolder, "tones.aac"));
const frames = splitAdts(file);
const frameSeconds = 1_024 / 44_100;

/** Returns the audio packets that mediabunny finds. */
async function packetsOf(source: Source, formats: InputFormat[]) {
  using input = new Input({ source, formats });
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error("mediabunny found no audio");
  const packets = [];
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet);
  return { packets, config: await track.getDecoderConfig() };
}

const decode = async (content: Uint8Array) =>
  await decodeAll(await openMedia(new MemoryBytes(content, null)));

it("mediabunny reads the transport streams of the tests", async () => {
  const content = makeTransportStream({ frames, frameSeconds });
  const { packets } = await packetsOf(new BufferSource(content), ALL_FORMATS);
  expect(packets).toHaveLength(frames.length);
  expect(
    Buffer.from(packets[5]?.data ?? []).equals(
      Buffer.from(frames[5]?.subarray(-(packets[5]?.byteLength ?? 0)) ?? []),
    ),
  ).toBe(true);
  const spans = packets.map(
    ({ timestamp }, index) => timestamp - (packets[0]?.timestamp ?? 0) - index * frameSeconds,
  );
  expect(Math.max(...spans.map(Math.abs))).toBeLessThan(0.001);
});

it("the reader plays a transport stream that mediabunny has written", async () => {
  const { packets, config } = await packetsOf(new BufferSource(file), [ADTS]);
  const target = new BufferTarget();
  const output = new Output({ format: new MpegTsOutputFormat(), target });
  const source = new EncodedAudioPacketSource("aac");
  output.addAudioTrack(source);
  await output.start();
  for (const packet of packets) await source.add(packet, config ? { decoderConfig: config } : undefined);
  await output.finalize();
  const [own, plain] = [
    await decode(new Uint8Array(target.buffer ?? new ArrayBuffer(0))),
    await decode(file),
  ];
  expect(own.channels[0]).toEqual(plain.channels[0]);
});

it("mediabunny finds the same frames in an HLS stream", async () => {
  const half = 60;
  const parts = [frames.slice(0, half), frames.slice(half)];
  const files: Readonly<Record<string, string | Buffer>> = {
    "/list.m3u8": `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${parts
      .map((part, index) => `#EXTINF:${(part.length * frameSeconds).toFixed(6)},\n${index}.ts\n`)
      .join("")}#EXT-X-ENDLIST\n`,
    ...Object.fromEntries(
      parts.map((part, index) => [
        `/${index}.ts`,
        makeTransportStream({ frames: part, frameSeconds, startSeconds: 10 + index * half * frameSeconds }),
      ]),
    ),
  };
  await using server = await serve((request, response) =>
    sendRange(request, response, Buffer.from(files[request.url ?? ""] ?? "")),
  );
  const { packets } = await packetsOf(new UrlSource(`${server.url}list.m3u8`), ALL_FORMATS);
  expect(packets).toHaveLength(frames.length);
});
