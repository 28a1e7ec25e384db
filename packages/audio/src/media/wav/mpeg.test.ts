import { expect, it } from "vitest";
import { decodeAll, inPieces, liveBytes, mediaFile, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";

const chunk = (name: string, body: Uint8Array): Buffer => {
  const head = Buffer.from(`${name}\0\0\0\0`, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};

/** Puts mp3 into a WAVE file, with a title behind it. */
function wave(mp3: Uint8Array): Buffer {
  const format = Buffer.alloc(30);
  format.writeUInt16LE(0x55, 0);
  format.writeUInt16LE(2, 2);
  format.writeUInt32LE(44_100, 4);
  format.writeUInt16LE(1, 12);
  const title = chunk("LIST", Buffer.concat([Buffer.from("INFO"), chunk("INAM", Buffer.from("Inside"))]));
  const chunks = [chunk("fmt ", format), chunk("data", mp3), title];
  return chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), ...chunks]));
}

it("plays mp3 in a WAVE file as it plays the mp3 file", async () => {
  const mp3 = mediaFile("tones.mp3");
  const expected = await decodeAll(await openMedia(memoryBytes(mp3)));
  const stream = await openMedia(memoryBytes(wave(mp3)));
  expect(stream.facts).toMatchObject({ container: "wav", codec: "mp3", durationMs: 3_000, title: "Inside" });
  expect((await decodeAll(stream)).channels).toEqual(expected.channels);
  await stream.seek(1_500);
  const [part] = (await decodeAll(stream)).channels;
  expect(part).toHaveLength(1.5 * 44_100);
  stream.close();
  const live = await decodeAll(await openMedia(liveBytes(inPieces(wave(mp3)))));
  expect(Math.abs((live.channels[0]?.length ?? 0) - (expected.channels[0]?.length ?? 0))).toBeLessThan(2_400);
});
