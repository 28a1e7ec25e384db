import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { RandomBytes } from "@asterite/audio/media";

/** Opens a file as a source of bytes. */
export function openSource(path: string): RandomBytes {
  const file = openSync(path, "r");
  let isOpen = true;
  return {
    type: "random",
    isLocal: true,
    contentType: null,
    size: fstatSync(file).size,
    read: (start, end) => {
      const bytes = Buffer.alloc(end - start);
      return Promise.resolve(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start)));
    },
    close: () => {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
