import fc from "fast-check";
import { expect, test } from "vitest";
import { StereoFifo } from "./stereo-fifo.ts";

test("gives back what was put in, whatever the portions", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ write: fc.nat(300), read: fc.nat(300) }), { maxLength: 60 }),
      (steps) => {
        const fifo = new StereoFifo(64);
        let [written, read] = [0, 0];
        for (const step of steps) {
          const left = Float32Array.from({ length: step.write }, (_, index) => written + index);
          const right = left.map((value) => value / 2);
          fifo.write(left, right, step.write);
          written += step.write;
          const [outLeft, outRight] = [new Float32Array(step.read + 1), new Float32Array(step.read + 1)];
          const count = fifo.read(outLeft, outRight, 1, step.read);
          expect(count).toBe(Math.min(step.read, written - read));
          for (let index = 0; index < count; index++) {
            expect(outLeft[index + 1]).toBe(read + index);
            expect(outRight[index + 1]).toBe((read + index) / 2);
          }
          read += count;
          expect(fifo.length).toBe(written - read);
        }
      },
    ),
  );
});
