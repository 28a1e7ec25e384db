import type { ByteSource, LiveBytes, RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";

/** A source whose first bytes have been looked at. */
export interface Peeked {
  /** The first bytes: as many as were wanted, or fewer where the source ends. */
  readonly head: Uint8Array;
  /** The same source, from its beginning; fails when more is read of it than allowed. */
  readonly bytes: ByteSource;
}

/**
 * Looks at the first bytes of a source, and bounds what can be read of it.
 *
 * @param headBytes - How many are looked at.
 * @param budget - How many can be read in all.
 */
export async function peek(bytes: ByteSource, headBytes: number, budget: number): Promise<Peeked> {
  const spend = bound(budget);
  if (bytes.kind === "random") {
    return { head: await bytes.read(0, headBytes), bytes: boundRandom(bytes, spend) };
  }
  const reader = bytes.stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < headBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  return { head: join(parts).subarray(0, headBytes), bytes: restartLive(bytes, parts, reader, spend) };
}

/** Reads a source from its beginning, up to a number of bytes. */
export async function readStart(bytes: ByteSource, limit: number): Promise<Uint8Array> {
  if (bytes.kind === "random") return await bytes.read(0, limit);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes.stream) {
    parts.push(part);
    length += part.length;
    if (length >= limit) break;
  }
  return join(parts).subarray(0, limit);
}

type Spend = (length: number) => void;

function bound(budget: number): Spend {
  let left = budget;
  return (length) => {
    left -= length;
    if (left < 0) throw new TrackError("Unknown file format.", "COMMON");
  };
}

function boundRandom(bytes: RandomBytes, spend: Spend): RandomBytes {
  return {
    kind: "random",
    size: bytes.size,
    contentType: bytes.contentType,
    async read(start, end) {
      spend(Math.max(0, Math.min(end, bytes.size) - start));
      return await bytes.read(start, end);
    },
    close: () => bytes.close(),
  };
}

function restartLive(
  bytes: LiveBytes,
  parts: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  spend: Spend,
): LiveBytes {
  const left = [...parts];
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = left.shift() ?? (await reader.read()).value;
        if (part === undefined) return controller.close();
        spend(part.length);
        controller.enqueue(part);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return {
    kind: "live",
    contentType: bytes.contentType,
    endless: bytes.endless,
    station: bytes.station,
    get title() {
      return bytes.title;
    },
    stream,
    close: () => bytes.close(),
  };
}

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
