import { expect, it } from "vitest";
import { type Flushable, WriteBatcher } from "./write-batcher.ts";

class Sink implements Flushable {
  readonly written: Buffer[] = [];
  readonly #batcher: WriteBatcher;
  #parts: Buffer[] = [];

  constructor(batcher: WriteBatcher) {
    this.#batcher = batcher;
  }

  write(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      if (this.#parts.push(part) === 1) this.#batcher.add(this);
    }
  }

  flush(join: (buffers: readonly Buffer[]) => Buffer): void {
    const parts = this.#parts;
    this.#parts = [];
    this.written.push(join(parts));
  }
}

const [a, b, c] = ["a", "b", "c"].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
const texts = (sink: Sink): string[] => sink.written.map(String);

it("combines the buffers of one turn into one write, in order", async () => {
  const sink = new Sink(new WriteBatcher());
  sink.write(a, b);
  sink.write(c);
  expect(texts(sink)).toEqual([]);
  await undefined;
  expect(texts(sink)).toEqual(["abc"]);
  sink.write(b);
  await undefined;
  expect(texts(sink)).toEqual(["abc", "b"]);
});

it("shares the joined buffer among connections with the same packets only", async () => {
  const batcher = new WriteBatcher();
  const sinks = [[a, b], [a, b], [a, c], [a, b], [a]].map((parts) => {
    const sink = new Sink(batcher);
    sink.write(...parts);
    return sink;
  });
  await undefined;
  expect(sinks.map(texts)).toEqual([["ab"], ["ab"], ["ac"], ["ab"], ["a"]]);
  const [first, second, , , last] = sinks.map(({ written }) => written[0]);
  expect(second).toBe(first);
  expect(last).toBe(a);
});
