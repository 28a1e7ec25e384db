import type { ByteSource, LiveBytes, RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";

/** A source whose first bytes have been looked at. */
export interface PeekedSource {
  /** The first bytes: as many as were wanted, or fewer where the source ends. */
  readonly head: Uint8Array;
  /** The same source, from its beginning; fails when more is read of it than allowed. */
  readonly bytes: ByteSource;
}

/**
 * Looks at the first bytes of a source, and bounds what can be read of it.
 *
 * @param headBytes - How many are looked at.
 * @param maxBytes - How many can be read in all.
 */
export async function peek(bytes: ByteSource, headBytes: number, maxBytes: number): Promise<PeekedSource> {
  const spend = createBudget(maxBytes);
  if (bytes.type === "random") {
    return { head: await bytes.read(0, headBytes), bytes: limitRandom(bytes, spend) };
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
  return { head: concat(parts).subarray(0, headBytes), bytes: replayLive(bytes, parts, reader, spend) };
}

/** Reads a source from its beginning, up to a number of bytes. */
export async function readPrefix(bytes: ByteSource, maxBytes: number): Promise<Uint8Array> {
  if (bytes.type === "random") return await bytes.read(0, maxBytes);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes.stream) {
    parts.push(part);
    length += part.length;
    if (length >= maxBytes) break;
  }
  return concat(parts).subarray(0, maxBytes);
}

type Spend = (length: number) => void;

function createBudget(maxBytes: number): Spend {
  let remaining = maxBytes;
  return (length) => {
    remaining -= length;
    if (remaining < 0) throw new TrackError("Unknown file format.", "COMMON");
  };
}

function limitRandom(bytes: RandomBytes, spend: Spend): RandomBytes {
  return {
    type: "random",
    size: bytes.size,
    contentType: bytes.contentType,
    async read(start, end) {
      spend(Math.max(0, Math.min(end, bytes.size) - start));
      return await bytes.read(start, end);
    },
    close: () => bytes.close(),
  };
}

function replayLive(
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
    type: "live",
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

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
