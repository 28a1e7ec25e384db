import { describe, expect, it } from "vitest";
import { decodeAll, mediaFile, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";

const clusterId = Buffer.from("1f43b675", "hex");
const whole = Buffer.from(mediaFile("tones-opus.webm"));

describe("a WebM file", () => {
  it.each([
    ["junk", Buffer.from("\xa3\xffjunk that looks like a block".repeat(20), "latin1")],
    ["the beginning of a cluster", clusterId],
    ["a cluster of a length that is too long", Buffer.concat([clusterId, Buffer.alloc(20)])],
    ["half a block", Buffer.from("a3814081", "hex")],
    [
      "a truncated picture",
      Buffer.concat([Buffer.from("1941a46910ffffff", "hex"), Buffer.alloc(2_000_000, 1)]),
    ],
  ])("is heard whole in front of %s", async (_what, more) => {
    const expected = await decodeAll(await openMedia(memoryBytes(whole)));
    const heard = await decodeAll(await openMedia(memoryBytes(Buffer.concat([whole, more]))));
    expect(heard).toEqual(expected);
  });

  it("is opened and heard up to its end where the first second is truncated", async () => {
    const at = whole.indexOf(clusterId) + 6_000;
    const stream = await openMedia(memoryBytes(whole.subarray(0, at)));
    let packets = 0;
    const read = async () => {
      for (let chunk = await stream.read(); chunk; chunk = await stream.read())
        if (chunk.type === "opus") packets += chunk.packets.length;
    };
    await expect(read()).rejects.toThrow("The file ends before the track does.");
    // The last packets are shorter than a batch.
    expect(packets).toBeGreaterThan(20);
  });
});
