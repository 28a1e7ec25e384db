import { readFileSync } from "node:fs";
import { mp3At48000 } from "@asterite/testkit";
import { expect, it } from "vitest";
import { inPieces, liveBytes, mediaFile, memoryBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { readFacts } from "./read-facts.ts";
import { untaggedMp3 } from "./tags/tags.test-support.ts";

const refused = { message: "Unknown file format.", severity: "COMMON" };

it.each([
  "\x7fELF\x02\x01",
  "MZ\x90\0",
  "PK\x03\x04",
  "\x1f\x8b\x08",
  "%PDF-1.7",
  "\x89PNG\r\n\x1a\n",
  "\xff\xd8\xff\xe0",
])("refuses a file that starts with %j although frames follow", async (magic) => {
  const content = Buffer.concat([Buffer.from(magic.padEnd(64, "\0"), "latin1"), untaggedMp3()]);
  await expect(readFacts(memoryBytes(content))).rejects.toMatchObject(refused);
});

it.each([
  ["MPEG-TS", 188, 0],
  ["BDAV", 192, 4],
])("refuses %s although its packets contain frames", async (_name, packetBytes, syncAt) => {
  const audio = untaggedMp3();
  const packets = Array.from({ length: 100 }, (_, index) => {
    const packet = Buffer.alloc(packetBytes);
    packet.set(audio.subarray(index * 100, index * 100 + packetBytes - syncAt - 4), syncAt + 4);
    packet[syncAt] = 0x47;
    return packet;
  });
  await expect(readFacts(memoryBytes(Buffer.concat([...packets, audio])))).rejects.toMatchObject(refused);
});

it("does not take the program that runs this test for audio, not even without its first bytes", async () => {
  const program = readFileSync(process.execPath);
  for (const from of [0, 1, 1_000, 100_000, 1_000_000, 10_000_000]) {
    const content = program.subarray(from, from + 4_000_000);
    await expect(readFacts(memoryBytes(content))).rejects.toThrow();
  }
});

it.each([
  ["Layer I, as in the code of programs", [0xff, 0xff, 0x48, 0x8b], 192, 100],
  ["Layer III, seven times", [0xff, 0xfb, 0x90, 0x64], 417, 7],
])("does not take chance headers behind other bytes for audio: %s", async (_name, header, step, count) => {
  const content = Buffer.alloc(40_000, 0x20);
  for (let index = 0; index < count; index++) content.set(header, 5_001 + index * step);
  await expect(readFacts(memoryBytes(content))).rejects.toThrow();
});

it.each([
  ["mp3", untaggedMp3(), 3_000],
  ["adts", mediaFile("tones.aac"), null],
])("finds %s behind other bytes and behind padding", async (container, audio, durationMs) => {
  for (const lead of [Buffer.alloc(3_001, 0x20), Buffer.alloc(4_000)]) {
    const facts = await readFacts(memoryBytes(Buffer.concat([lead, audio])));
    expect(facts.container).toBe(container);
    if (durationMs !== null) expect(facts.durationMs).toBe(durationMs);
    const stream = await openMedia(liveBytes(inPieces(Buffer.concat([lead, audio]), 700)));
    expect(stream.facts.container).toBe(container);
    expect(await stream.read()).toBeDefined();
    stream.close();
  }
});

it("takes a file of a few frames that begins with one", async () => {
  const facts = await readFacts(memoryBytes(readFileSync(mp3At48000).subarray(0, 2_000)));
  expect(facts.durationMs).toBeGreaterThan(48);
  expect(facts.durationMs).toBeLessThan(300);
});
