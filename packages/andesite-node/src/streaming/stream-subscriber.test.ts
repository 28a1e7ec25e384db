import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { StreamSubscriber } from "./stream-subscriber.ts";

/** Creates an output that reads everything, or only the first chunk. */
const reader = (reads: boolean): Writable =>
  new Writable({ highWaterMark: 1_024, write: (_chunk, _encoding, done) => reads && done() });

const packet = new Uint8Array(300).fill(0xfc);

it("detects a subscriber that reads too slowly, and keeps one that keeps up", () => {
  const [quick, slow] = [
    new StreamSubscriber(reader(true), [], 10_000),
    new StreamSubscriber(reader(false), [], 10_000),
  ];
  let sent = 0;
  while (slow.send(packet)) expect(++sent).toBeLessThan(100);
  expect(sent).toBeGreaterThan(20);
  for (let count = 0; count < 1_000; count++) expect(quick.send(packet)).toBe(true);
});

it("ends the stream of a subscriber that reads, and destroys that of one that does not", () => {
  const [quick, slow] = [reader(true), reader(false)];
  const listeners = [new StreamSubscriber(quick, [packet], 1_000), new StreamSubscriber(slow, [packet], 100)];
  for (const listener of listeners) {
    for (let count = 0; count < 10; count++) listener.send(packet);
    listener.close();
  }
  expect(quick.writableEnded).toBe(true);
  expect(slow.destroyed).toBe(true);
});
