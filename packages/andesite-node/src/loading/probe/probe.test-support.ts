// Probe thread whose reader acts on the text of the file: hang, exhaust the heap, fail, or wait.

import { setTimeout as delay } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import type { ByteSource, MediaFacts } from "@asterite/audio/media";
import { makeFacts } from "../facts.test-support.ts";
import { serveProbes } from "./serve-probes.ts";

// The title identifies the thread.
const facts = makeFacts({ title: `thread ${threadId}` });

async function readFacts(bytes: ByteSource, signal: AbortSignal): Promise<MediaFacts> {
  const word = bytes.type === "random" ? Buffer.from(await bytes.read(0, 20)).toString() : "";
  if (word === "hang") while (true);
  if (word === "explode") {
    const kept: unknown[] = [];
    while (true) kept.push(Array.from({ length: 1_000 }, () => ({ kept: true })));
  }
  if (word === "fail") throw new TypeError("a secret of the reader");
  if (word === "wait") await delay(2 ** 31 - 1, undefined, { signal });
  return facts;
}

serveProbes({
  readFacts,
  readHlsFacts: () => Promise.resolve(facts),
  readArtwork: async (bytes, maxBytes) => {
    const { container } = await readFacts(bytes, new AbortController().signal);
    return { mimeType: container, data: new Uint8Array(maxBytes) };
  },
});
