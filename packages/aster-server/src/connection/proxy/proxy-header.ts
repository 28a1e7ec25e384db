import { isIPv4, isIPv6 } from "node:net";

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const binaryHeaderBytes = 16;
/** Largest content of a header of version 2. Proxies send addresses and a few short fields. */
const maxContentBytes = 2048;
const textStart = Buffer.from("PROXY ");
/** Longest line of version 1, with its end. */
const maxLineBytes = 107;

/** Result of {@link parseProxyHeader}. */
export type ProxyHeader =
  | { readonly type: "incomplete" }
  | { readonly type: "invalid" }
  | {
      readonly type: "complete";
      /** Bytes of the header; those of the connection follow. */
      readonly length: number;
      /** Address of the client; undefined if the proxy speaks for itself, as in health checks. */
      readonly address: string | undefined;
    };

const incomplete = { type: "incomplete" } as const;
const invalid = { type: "invalid" } as const;

const isPrefix = (bytes: Buffer, whole: Buffer): boolean => {
  const length = Math.min(bytes.length, whole.length);
  return bytes.subarray(0, length).equals(whole.subarray(0, length));
};

/** Parses the header of the PROXY protocol, version 1 or 2, at the beginning of a connection. Strict. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (isPrefix(bytes, signature)) return parseBinary(bytes);
  return isPrefix(bytes, textStart) ? parseLine(bytes) : invalid;
}

/** Lengths of the addresses by address family and transport: TCP over IPv4 and IPv6. */
const addressBytes: { readonly [family: number]: number } = { 17: 12, 33: 36 };
const unspecified = 0;

function parseBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < binaryHeaderBytes) return incomplete;
  const [command, family, contentBytes] = [bytes.readUInt8(12), bytes.readUInt8(13), bytes.readUInt16BE(14)];
  const isLocal = command === 0x20;
  if ((!isLocal && command !== 0x21) || contentBytes > maxContentBytes) return invalid;
  const length = binaryHeaderBytes + contentBytes;
  // The content of other families, such as Unix sockets, is not known; only a health check may send it.
  const known = isLocal || family === unspecified ? undefined : addressBytes[family];
  if (known === undefined && !isLocal && family !== unspecified) return invalid;
  if (known !== undefined && contentBytes < known) return invalid;
  if (bytes.length < length) return incomplete;
  if (known === undefined) return { type: "complete", length, address: undefined };
  const content = bytes.subarray(binaryHeaderBytes, length);
  if (!areFields(content.subarray(known))) return invalid;
  return { type: "complete", length, address: formatAddress(content.subarray(0, (known - 4) / 2)) };
}

/** Returns whether the rest of a header consists of complete fields: a type, a length of two bytes, a value. */
function areFields(rest: Buffer): boolean {
  let offset = 0;
  while (offset + 3 <= rest.length) offset += 3 + rest.readUInt16BE(offset + 1);
  return offset === rest.length;
}

/** Formats the bytes of an IPv4 or IPv6 address. */
const formatAddress = (bytes: Buffer): string =>
  bytes.length === 4
    ? bytes.join(".")
    : Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(":");

const linePattern = /^PROXY (TCP4|TCP6) ([\d.:a-fA-F]+) ([\d.:a-fA-F]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

function parseLine(bytes: Buffer): ProxyHeader {
  const end = bytes.indexOf("\r\n");
  if (end === -1) return bytes.length < maxLineBytes ? incomplete : invalid;
  const length = end + 2;
  if (length > maxLineBytes) return invalid;
  const line = bytes.toString("latin1", 0, end);
  if (/^PROXY UNKNOWN( [\x20-\x7e]*)?$/.test(line)) return { type: "complete", length, address: undefined };
  const [, family, source = "", destination = "", ...ports] = linePattern.exec(line) ?? [];
  const isAddress = family === "TCP4" ? isIPv4 : isIPv6;
  const isValid =
    family !== undefined &&
    isAddress(source) &&
    isAddress(destination) &&
    ports.every((port) => Number(port) <= 65_535);
  return isValid ? { type: "complete", length, address: source } : invalid;
}
