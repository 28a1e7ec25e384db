import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { amplitude, decodeAll, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readContentEncodings } from "./content-encoding.ts";

const element = (id: string, ...content: readonly Uint8Array[]): Buffer => {
  const data = Buffer.concat([...content]);
  return Buffer.concat([Buffer.from(id, "hex"), Buffer.of(0x80 | data.length), data]);
};
const number = (id: string, value: number): Buffer => element(id, Buffer.of(value));
const compression = (...fields: readonly Buffer[]) => element("6240", element("5034", ...fields));

describe("compressed packets of Matroska", () => {
  it("are restored in a file", async () => {
    const bytes = readFileSync(join(oddMediaFolder, "tones-zlib.mka"));
    const { channels, sampleRate } = await decodeAll(await openMedia(memoryBytes(bytes)));
    expect(
      amplitude(channels[0]?.subarray(4_410, 17_640) ?? new Float32Array(0), 440, sampleRate),
    ).toBeGreaterThan(0.2);
    expect(
      amplitude(channels[1]?.subarray(4_410, 17_640) ?? new Float32Array(0), 880, sampleRate),
    ).toBeGreaterThan(0.1);
  });

  it("that are encrypted are named as what is not supported", async () => {
    const bytes = Buffer.from(readFileSync(join(oddMediaFolder, "tones-zlib.mka")));
    // The compression becomes an encryption, whose id differs in the last bit.
    bytes[bytes.indexOf("5034", 0, "hex") + 1] = 0x35;
    await expect(openMedia(memoryBytes(bytes))).rejects.toThrow(
      "The audio codec A_AAC, compressed or encrypted, is not supported.",
    );
  });

  it("get the bytes again that a writer stripped from the head of each", () => {
    const unpack = readContentEncodings(compression(number("4254", 3), element("4255", Buffer.from("ab"))));
    expect(Buffer.from(unpack?.(Buffer.from("cd"), 100) ?? []).toString()).toBe("abcd");
  });

  it("are restored in the opposite order of the encodings", () => {
    const encodings = [compression(number("4254", 3), element("4255", Buffer.from("ab"))), compression()];
    const unpack = readContentEncodings(Buffer.concat(encodings));
    expect(Buffer.from(unpack?.(deflateSync("cd"), 100) ?? []).toString()).toBe("abcd");
  });

  it("are empty if they are damaged, or too long", () => {
    const unpack = readContentEncodings(compression(number("4254", 0)));
    expect(unpack?.(Buffer.from("no zlib"), 1_000)).toHaveLength(0);
    expect(unpack?.(deflateSync(Buffer.alloc(1_000)), 1_000)).toHaveLength(1_000);
    expect(unpack?.(deflateSync(Buffer.alloc(1_001)), 1_000)).toHaveLength(0);
    expect(unpack?.(deflateSync(Buffer.alloc(1)), 0)).toHaveLength(0);
    const head = readContentEncodings(compression(number("4254", 3), element("4255", Buffer.from("ab"))));
    expect(head?.(Buffer.from("cd"), 3)).toHaveLength(0);
  });

  it("are taken as they are if only the codec's configuration is compressed", () => {
    const unpack = readContentEncodings(
      element("6240", number("5032", 2), element("5034", number("4254", 1))),
    );
    expect(Buffer.from(unpack?.(Buffer.from("cd"), 100) ?? []).toString()).toBe("cd");
    expect(readContentEncodings(compression(number("4254", 1)))).toBeUndefined();
  });
});
