import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { StreamSubscriber } from "./stream-subscriber.ts";

/** Reads as much as it is told to, and leaves the rest. */
const reader = (reads: boolean): Writable =>
  new Writable({ highWaterMark: 1_024, write: (_chunk, _encoding, done) => reads && done() });

const packet = new Uint8Array(300).fill(0xfc);

test("who keeps up hears all, and who does not is told apart before much has piled up", () => {
  const [quick, slow] = [
    new StreamSubscriber(reader(true), [], 10_000),
    new StreamSubscriber(reader(false), [], 10_000),
  ];
  let sent = 0;
  while (slow.send(packet)) expect(++sent).toBeLessThan(100);
  expect(sent).toBeGreaterThan(20);
  for (let count = 0; count < 1_000; count++) expect(quick.send(packet)).toBe(true);
});

test("who does not read is cut off at the end, and who does hears the end", () => {
  const [quick, slow] = [reader(true), reader(false)];
  const listeners = [new StreamSubscriber(quick, [packet], 1_000), new StreamSubscriber(slow, [packet], 100)];
  for (const listener of listeners) {
    for (let count = 0; count < 10; count++) listener.send(packet);
    listener.close();
  }
  expect(quick.writableEnded).toBe(true);
  expect(slow.destroyed).toBe(true);
});
