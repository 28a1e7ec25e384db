import { expect, it } from "vitest";
import { decodeAll, mediaFile, memoryBytes, remoteBytes } from "../media.test-support.ts";
import type { MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { pageChecksum, pageLength } from "./page.ts";

/** Returns the start of an Ogg file, up to the end of a page. */
function firstPages(file: Uint8Array, pages: number): Uint8Array {
  let end = 0;
  for (let page = 0; page < pages; page++) end += pageLength(file.subarray(end)) ?? 0;
  return file.subarray(0, end);
}

const [vorbis, opus] = [mediaFile("tones.ogg"), mediaFile("tones.opus")];
const chains: readonly (readonly [what: string, links: readonly Uint8Array[]])[] = [
  ["twice the same Vorbis file", [vorbis, vorbis]],
  ["three times the same Opus file", [opus, opus, opus]],
  ["a short link and longer ones", [firstPages(vorbis, 4), vorbis, vorbis]],
  ["a long link and a shorter one", [vorbis, firstPages(vorbis, 4)]],
];

it.each(chains)(
  "a chain of equal serial numbers has its whole length and is sought: %s",
  async (_, links) => {
    const file = Buffer.concat(links);
    const durations = await Promise.all(
      links.map(async (link) => (await readFacts(memoryBytes(link))).durationMs ?? 0),
    );
    const wholeMs = durations.reduce((sum, duration) => sum + duration, 0);
    const { durationMs, seekable } = await readFacts(memoryBytes(file));
    expect(seekable).toBe(true);
    expect(Math.abs((durationMs ?? 0) - wholeMs)).toBeLessThanOrEqual(links.length);
    const whole = await decodeAll(await openMedia(memoryBytes(file)));
    const heardMs = ((whole.channels[0]?.length ?? 0) / whole.sampleRate) * 1_000;
    expect(Math.abs(heardMs - wholeMs)).toBeLessThanOrEqual(links.length);
    const stream = await openMedia(memoryBytes(file));
    await stream.seek(wholeMs - 200);
    const rest = await decodeAll(stream);
    expect(Math.abs(((rest.channels[0]?.length ?? 0) / rest.sampleRate) * 1_000 - 200)).toBeLessThanOrEqual(
      links.length,
    );
  },
);

const secondsOf = async (stream: MediaStream): Promise<number> => {
  const { channels, sampleRate } = await decodeAll(stream);
  return (channels[0]?.length ?? 0) / sampleRate;
};

it.each([
  ["twice the same Vorbis file", [vorbis, vorbis], true],
  ["three times the same Opus file", [opus, opus, opus], true],
  ["a long link and a shorter one", [vorbis, firstPages(vorbis, 6)], true],
  // The page numbers of the last link are those of the whole file, about.
  ["a short link and a long one", [firstPages(vorbis, 6), vorbis], false],
] as const)(
  "a chain of equal serial numbers on a server is heard whole and sought: %s",
  async (_, links, isFound) => {
    const file = Buffer.concat(links);
    const parts = await Promise.all(links.map(async (link) => secondsOf(await openMedia(memoryBytes(link)))));
    const seconds = parts.reduce((sum, part) => sum + part, 0);
    const facts = await readFacts(remoteBytes(file));
    // As for other chains, a server is not asked for the whole file to learn its length.
    if (isFound) expect(facts.durationMs).toBeNull();
    const stream = await openMedia(remoteBytes(file));
    expect(await secondsOf(stream)).toBeCloseTo(seconds, 2);
    for (const place of [seconds - 0.2, 0, seconds / 2]) {
      await stream.seek(1_000 * place);
      expect(await secondsOf(stream), `${place} s`).toBeCloseTo(seconds - place, 2);
    }
  },
);

/** Returns a link of so many times the audio of a file, with the page numbers and positions of one stream. */
function repeated(file: Uint8Array, headerPages: number, times: number): Buffer {
  const head = firstPages(file, headerPages);
  const audio = file.subarray(head.length);
  const pages: Buffer[] = [];
  let granule = 0n;
  for (let round = 0; round < times; round++) {
    const begin = granule;
    for (let at = 0; at < audio.length; ) {
      const page = Buffer.from(audio.subarray(at, at + (pageLength(audio.subarray(at)) ?? 0)));
      at += page.length;
      granule = begin + page.readBigInt64LE(6);
      page.writeUInt8(round === times - 1 ? page.readUInt8(5) : page.readUInt8(5) & ~4, 5);
      page.writeBigInt64LE(granule, 6);
      page.writeUInt32LE(headerPages + pages.length, 18);
      page.writeUInt32LE(pageChecksum(page), 22);
      pages.push(page);
    }
  }
  return Buffer.concat([head, ...pages]);
}

it("one link on a server is read at its start and its end only", async () => {
  const file = repeated(vorbis, 2, 200);
  const places: number[] = [];
  const bytes = remoteBytes(file);
  const facts = await readFacts({
    ...bytes,
    read: (start, end) => {
      places.push(start / file.length);
      return bytes.read(start, end);
    },
  });
  expect(facts.durationMs).toBe(600_000);
  expect(places.filter((place) => place > 0.05 && place < 0.95)).toEqual([]);
});
