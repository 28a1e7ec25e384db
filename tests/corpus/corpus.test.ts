import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOpus } from "@asterite/audio/media";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorLevel, examine } from "./examine.ts";
import { hasReferee, referee } from "./referee.ts";
import { corpusTable } from "./table.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asterite-corpus-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examineIn = async (place: string, name: string) =>
  await examine(name, join(place, name), await loadOpus(), hasReferee);

/** Writes a file of the test kit with changed bytes. */
function change(from: string, name: string, edit: (bytes: Buffer) => Buffer): string {
  writeFileSync(join(folder, name), edit(readFileSync(join(mediaFolder, from))));
  return name;
}

describe("a corpus", () => {
  it.each(mediaFiles)("has no fault in %s", async (name) => {
    const result = await examineIn(mediaFolder, name);
    expect(result.faults).toEqual([]);
    expect(result.played).toMatchObject({ seeks: 5, rightSeeks: 5 });
    if (typeof result.played !== "string" && result.expected)
      expect(errorLevel(result.played, result.expected)).toBeLessThan(-60);
    expect(corpusTable([result])).toMatch(/^\| file .*\n\| -.*\n\| tones.* good +\|$/);
  });

  it.runIf(hasReferee).each(mediaFiles)(
    "hears truncated %s as far as ffmpeg, and all of it in front of junk",
    async (name) => {
      const cut = change(name, `cut-${name}`, (bytes) => bytes.subarray(0, Math.floor(0.7 * bytes.length)));
      const junk = change(name, `junk-${name}`, (bytes) =>
        Buffer.concat([bytes, Buffer.from("Made with love. ".repeat(20))]),
      );
      for (const changed of [cut, junk]) {
        const { played, expected } = await examineIn(folder, changed);
        if (typeof played === "string" || !expected) throw new Error(`${changed} is refused: ${played}`);
        // A decoder may make sound of a truncated packet, and the padding of an encoder is no sound.
        expect(Math.abs(played.seconds - expected.seconds), changed).toBeLessThan(0.03);
        expect(errorLevel(played, expected)).toBeLessThan(-60);
      }
    },
  );

  it("names a file that is refused, with the reason", async () => {
    const name = change("tones.wav", "text.wav", () =>
      Buffer.from("This is a letter and no music.\n".repeat(400)),
    );
    const result = await examineIn(folder, name);
    expect(result.played).toBe("Unknown file format.");
    expect(corpusTable([result])).toContain("refused: Unknown file format.");
  });

  it("finds a length that is not heard", async () => {
    const name = change("tones-opus.webm", "long.webm", (bytes) => {
      // The Duration element, with eight bytes of content.
      const at = bytes.indexOf("448988", 0, "hex") + 3;
      bytes.writeDoubleBE(3 * bytes.readDoubleBE(at), at);
      return bytes;
    });
    expect((await examineIn(folder, name)).faults).toContain("length");
  });

  it("finds differences to ffmpeg, or does without it", async () => {
    const result = await examine("tones.flac", join(mediaFolder, "tones.flac"), await loadOpus(), false);
    expect(result.expected).toBeNull();
    const theirs = await referee(join(mediaFolder, "tones.opus"));
    expect(theirs !== undefined).toBe(hasReferee);
    if (theirs && typeof result.played !== "string")
      expect(errorLevel(result.played, theirs)).toBeGreaterThan(-60);
  });
});
