import type { ByteSource, LiveBytes, RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";

/** A source whose first bytes were read. */
export interface PeekedSource {
  /** First bytes: as many as requested, or fewer if the source is shorter. */
  readonly head: Uint8Array;
  /** The same source from its start. Reads beyond the byte budget fail. */
  readonly bytes: ByteSource;
}

/**
 * Reads the first bytes of a source, and limits how much can be read of it in total.
 *
 * @param headBytes - Number of first bytes to read.
 * @param maxBytes - Byte budget of later reads.
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

/** Reads a source from its start, up to `maxBytes`. */
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
    isLocal: bytes.isLocal,
    contentType: bytes.contentType,
    async read(start, end) {
      // The readers themselves limit what they read of a local file.
      if (!bytes.isLocal) spend(Math.max(0, Math.min(end, bytes.size) - start));
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
  const buffered = [...parts];
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = buffered.shift() ?? (await reader.read()).value;
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
    length: bytes.length,
    reopen: bytes.reopen,
    get title() {
      return bytes.title;
    },
    stream,
    close: () => bytes.close(),
  };
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
