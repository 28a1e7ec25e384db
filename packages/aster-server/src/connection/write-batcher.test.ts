import { expect, it } from "vitest";
import { type Flushable, WriteBatcher } from "./write-batcher.ts";

class Sink implements Flushable {
  readonly written: Buffer[] = [];
  readonly #flusher: WriteBatcher;
  #parts: Buffer[] = [];

  constructor(flusher: WriteBatcher) {
    this.#flusher = flusher;
  }

  take(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      if (this.#parts.push(part) === 1) this.#flusher.add(this);
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

it("writes once what came in one go, in order, and once more what comes later", async () => {
  const sink = new Sink(new WriteBatcher());
  sink.take(a, b);
  sink.take(c);
  expect(texts(sink)).toEqual([]);
  await undefined;
  expect(texts(sink)).toEqual(["abc"]);
  sink.take(b);
  await undefined;
  expect(texts(sink)).toEqual(["abc", "b"]);
});

it("gives receivers of the same packets the same bytes, and no others", async () => {
  const flusher = new WriteBatcher();
  const sinks = [[a, b], [a, b], [a, c], [a, b], [a]].map((parts) => {
    const sink = new Sink(flusher);
    sink.take(...parts);
    return sink;
  });
  await undefined;
  expect(sinks.map(texts)).toEqual([["ab"], ["ab"], ["ac"], ["ab"], ["a"]]);
  const [first, second, , , last] = sinks.map(({ written }) => written[0]);
  expect(second).toBe(first);
  expect(last).toBe(a);
});
