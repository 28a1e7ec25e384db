import {
  CustomSource,
  Input,
  Logging,
  LogLevel,
  MP4,
  QTFF,
  ReadableStreamSource,
  type Source,
} from "mediabunny";
import { TrackError } from "../../errors.ts";
import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";

// It prints what it does not like about a file; that reaches the user as an error of the track, or not at all.
Logging.level = LogLevel.Silent;

const liveBlock = 16 * 1024;
const ignore = () => {};

/** A source for mediabunny that reads through a window, one read at a time. */
function windowSource(window: ByteWindow, limits: MediaLimits): Source {
  const { size } = window;
  const options = { maxCacheSize: limits.cacheBytes, handleUnhandledError: ignore };
  if (size === null) {
    let at = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const bytes = await window.at(at, liveBlock);
          at += bytes.length;
          if (bytes.length > 0) controller.enqueue(bytes);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new ReadableStreamSource(stream, options);
  }
  let last: Promise<unknown> = Promise.resolve();
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = await window.at(start, end - start);
    if (bytes.length < end - start) throw new TrackError("The file ends before the track does.", "COMMON");
    return bytes;
  };
  return new CustomSource({
    ...options,
    getSize: () => size,
    read: (start, end) => {
      const bytes = last.then(() => read(start, end));
      last = bytes.catch(ignore);
      return bytes;
    },
  });
}

/** Opens a file of MP4 or QuickTime behind a window. */
export const openInput = (window: ByteWindow, limits: MediaLimits): Input =>
  new Input({ formats: [MP4, QTFF], source: windowSource(window, limits) });
