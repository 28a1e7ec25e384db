import { expect, it } from "vitest";
import { decodeAll, mediaFile, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { pageLength } from "./page.ts";

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
