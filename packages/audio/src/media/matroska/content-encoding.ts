import { inflateSync } from "node:zlib";
import { children, readUint } from "./ebml.ts";

const ids = {
  encoding: 0x6240,
  scope: 0x5032,
  compression: 0x5034,
  algorithm: 0x4254,
  settings: 0x4255,
  encryption: 0x5035,
} as const;
const frames = 1;
const algorithms = { zlib: 0, headerStripping: 3 } as const;

/** Restores a packet of up to so many bytes; an empty one stands for damage, or a longer one. */
export type Unpack = (packet: Uint8Array, maxBytes: number) => Uint8Array;

const none = new Uint8Array(0);

const stripped =
  (head: Uint8Array): Unpack =>
  (packet, maxBytes) =>
    head.length + packet.length <= maxBytes ? Buffer.concat([head, packet]) : none;

const inflate: Unpack = (packet, maxBytes) => {
  if (maxBytes < 1) return none;
  try {
    return inflateSync(packet, { maxOutputLength: maxBytes });
  } catch {
    return none;
  }
};

/**
 * Reads how the packets of a track are compressed (RFC 9559, section 5.1.4.1.31). Returns undefined if the way is not
 * supported, such as encryption.
 *
 * @param encodings - Content of the element with all encodings.
 */
export function readContentEncodings(encodings: Uint8Array): Unpack | undefined {
  const steps: Unpack[] = [];
  for (const encoding of children(encodings)) {
    if (encoding.id !== ids.encoding) continue;
    const parts = [...children(encoding.data)];
    const scope = parts.find(({ id }) => id === ids.scope);
    if (scope && (readUint(scope.data) & frames) === 0) continue;
    const compression = parts.find(({ id }) => id === ids.compression);
    if (!compression) return undefined;
    const fields = [...children(compression.data)];
    const algorithm = readUint(fields.find(({ id }) => id === ids.algorithm)?.data ?? Buffer.of(0));
    const settings = fields.find(({ id }) => id === ids.settings)?.data ?? Buffer.alloc(0);
    if (algorithm === algorithms.zlib) steps.push(inflate);
    else if (algorithm === algorithms.headerStripping) steps.push(stripped(Buffer.from(settings)));
    else return undefined;
  }
  // The last one was applied last.
  return (packet, maxBytes) => steps.reduceRight((bytes, unpack) => unpack(bytes, maxBytes), packet);
}
