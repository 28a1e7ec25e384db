import type { Random } from "./random.ts";

/** Returns invalid or incomplete bytes for a line connection. */
export function lineRupture(random: Random): Buffer {
  const kind = random.below(6);
  if (kind === 0) return Buffer.from('{"command":"send","content":"');
  if (kind === 1) return Buffer.concat([Buffer.from('{"command":"'), random.bytes(40), Buffer.from('"}\n')]);
  if (kind === 2) return random.bytes(1 + random.below(2000));
  if (kind === 3) return Buffer.from("\n".repeat(random.below(200)));
  if (kind === 4) return Buffer.from(`{"command":"${"x".repeat(random.below(200_000))}`);
  return Buffer.from([0xff, 0xfe, 0x0a]);
}

/** Returns the first bytes of a connection that is neither line-based nor a valid upgrade. */
export function opening(random: Random): Buffer {
  const kind = random.below(6);
  if (kind === 0) return random.bytes(1 + random.below(300));
  if (kind === 1) return Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  if (kind === 2)
    return Buffer.from(`GET /${"x".repeat(random.below(20_000))} HTTP/1.1\r\nUpgrade: websocket\r\n`);
  if (kind === 3) {
    const key = random.pick(["", "x", "AAAAAAAAAAAAAAAAAAAAAA==", "\u0001"]);
    const version = random.pick(["13", "8", "", "99999999999999999999"]);
    const lines = ["Host: x", "Connection: Upgrade", "Upgrade: websocket", `Sec-WebSocket-Key: ${key}`];
    return Buffer.from(
      `GET / HTTP/1.1\r\n${lines.join("\r\n")}\r\nSec-WebSocket-Version: ${version}\r\n\r\n${random.bytes(20).toString("latin1")}`,
      "latin1",
    );
  }
  if (kind === 4)
    return Buffer.from("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n");
  return Buffer.from(random.pick([" ", "\n", "[", "\0", "\u0016\u0003\u0001"]), "latin1");
}

/** A valid WebSocket upgrade request. */
export const upgrade = Buffer.from(
  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
);

/** Returns one frame in which any field may be invalid (RFC 6455, section 5.2). */
export function frame(random: Random, payload: Buffer): Buffer {
  const isValid = random.chance(0.4);
  const opcode = isValid ? random.pick([1, 1, 1, 9, 10]) : random.below(16);
  const body = isValid && opcode > 8 ? payload.subarray(0, 125) : payload;
  const first =
    (isValid || random.chance(0.7) ? 0x80 : 0) |
    (isValid ? 0 : random.pick([0, 0, 0x40, 0x20, 0x10])) |
    opcode;
  const isMasked = isValid || random.chance(0.8);
  const length =
    isValid || random.chance(0.8) ? body.length : random.pick([0, body.length + 9, 65_536, 2 ** 31, 2 ** 40]);
  const mask = random.bytes(4);
  const masked = isMasked ? Buffer.from(body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))) : body;
  return Buffer.concat([
    Buffer.from([first]),
    lengthBytes(length, isMasked),
    ...(isMasked ? [mask] : []),
    masked,
  ]);
}

function lengthBytes(length: number, isMasked: boolean): Buffer {
  const bit = isMasked ? 0x80 : 0;
  if (length < 126) return Buffer.from([bit | length]);
  if (length < 65_536) return Buffer.from([bit | 126, length >> 8, length & 255]);
  const long = Buffer.alloc(9, bit | 127);
  long.writeBigUInt64BE(BigInt(length), 1);
  return long;
}

/** Returns a close frame whose code and reason may be invalid. */
export function closeFrame(random: Random): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(random.pick([0, 999, 1000, 1001, 1005, 1006, 1015, 2999, 4000, 65_535]));
  const reason = random.chance(0.5) ? random.bytes(random.below(200)) : Buffer.from("bye");
  const payload = random.chance(0.2) ? code.subarray(0, 1) : Buffer.concat([code, reason]);
  return Buffer.concat([Buffer.from([0x88]), lengthBytes(payload.length, true), Buffer.alloc(4), payload]);
}
