import { expect, it } from "vitest";
import { inPieces, liveBytes, memoryBytes } from "./media.test-support.ts";
import { oggPage } from "./ogg/ogg-page.test-support.ts";
import { openMedia } from "./open-media.ts";

const speex = oggPage(Buffer.from("Speex   1.2".padEnd(80, "\0"), "latin1"), 2, 0);

it.each([
  ["AC-3", Buffer.from("\x0b\x77\x3d\x62", "latin1")],
  ["WavPack", Buffer.from("wvpk\xf8\x1f\0\0", "latin1")],
  ["Monkey's Audio", Buffer.from("MAC \x96\x0f", "latin1")],
  ["Windows Media", Buffer.from("3026b2758e66cf11a6d900aa0062ce6c", "hex")],
  ["AVI", Buffer.from("RIFF\0\0\0\0AVI LIST", "latin1")],
  ["Speex", speex],
])("names %s, which is not played", async (name, head) => {
  const bytes = Buffer.concat([head, Buffer.alloc(10_000, "no frames; ")]);
  for (const source of [memoryBytes(bytes), liveBytes(inPieces(bytes))])
    await expect(openMedia(source)).rejects.toMatchObject({
      message: `The format ${name} is not supported.`,
      severity: "COMMON",
    });
});

it("names no format that only begins like one", async () => {
  await expect(openMedia(memoryBytes(Buffer.from("MACHINES, a novel. ".repeat(500))))).rejects.toThrow(
    "Unknown file format.",
  );
});
