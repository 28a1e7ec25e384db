import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { OpusPacket } from "@asterite/audio/media";
import fc from "fast-check";
import { expect, it } from "vitest";
import { PacketQueue } from "./packet-queue.ts";

const packets = fc.array(
  fc.record({
    data: fc.uint8Array({ maxLength: 20 }),
    samples: fc.integer({ min: 120, max: 5_760 }),
    skip: fc.nat(960),
    trim: fc.nat(960),
  }),
  { maxLength: 6 },
);

it("returns packets unchanged and in order", () => {
  const step = fc.oneof(packets, fc.constant("shift" as const), fc.constant("clear" as const));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new PacketQueue();
      let expected: OpusPacket[] = [];
      for (const step of steps) {
        if (step === "clear") {
          queue.clear();
          expected = [];
        } else if (step === "shift") {
          queue.shift();
          expected.shift();
        } else {
          queue.push(step);
          expected.push(...step);
        }
        expect(queue.peek()).toEqual(expected[0]);
        expect(queue.samples).toBe(expected.reduce((sum, { samples }) => sum + samples, 0));
      }
    }),
  );
});

it("copies the bytes of packets", () => {
  const queue = new PacketQueue();
  const data = Uint8Array.of(1, 2, 3);
  queue.push([{ data, samples: 960, skip: 0, trim: 0 }]);
  data.fill(9);
  const first = queue.peek();
  queue.shift();
  queue.push([{ data, samples: 960, skip: 0, trim: 0 }]);
  expect(first?.data).toEqual(Uint8Array.of(1, 2, 3));
});

it("frees packets that were shifted even if the queue never runs empty", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const queue = new PacketQueue();
  const push = (): void =>
    queue.push(
      Array.from({ length: 50 }, () => ({ data: new Uint8Array(10), samples: 960, skip: 0, trim: 0 })),
    );
  push();
  push();
  const first = new WeakRef(queue.peek()?.data.buffer ?? {});
  for (let count = 0; count < 51; count++) queue.shift();
  push();
  // The target of a WeakRef is kept alive until the current job ends.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(first.deref()).toBeUndefined();
});
