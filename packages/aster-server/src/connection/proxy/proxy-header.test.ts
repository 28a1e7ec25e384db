import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ProxyHeader, parseProxyHeader } from "./proxy-header.ts";

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

function binary(content: Buffer, { command = 0x21, family = 0x11, length = content.length } = {}): Buffer {
  const head = Buffer.from([command, family, length >> 8, length & 255]);
  return Buffer.concat([signature, head, content]);
}

const tcp4 = Buffer.from([192, 0, 2, 1, 10, 0, 0, 1, 0x1f, 0x90, 0x09, 0x29]);
const tcp6 = Buffer.concat([Buffer.from("20010db8000000000000000000000001", "hex"), Buffer.alloc(20)]);
const field = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), value]);

/** Valid headers with the address that each reports. */
const valid: readonly (readonly [string, Buffer, string | undefined])[] = [
  ["TCP over IPv4", binary(tcp4), "192.0.2.1"],
  ["TCP over IPv6", binary(tcp6, { family: 0x21 }), "2001:db8:0:0:0:0:0:1"],
  [
    "fields",
    binary(Buffer.concat([tcp4, field(5, Buffer.from("id")), field(4, Buffer.alloc(0))])),
    "192.0.2.1",
  ],
  ["a health check", binary(Buffer.alloc(0), { command: 0x20, family: 0 }), undefined],
  ["a health check with addresses", binary(tcp4, { command: 0x20 }), undefined],
  ["an unspecified family", binary(Buffer.alloc(7), { family: 0 }), undefined],
  ["a line for IPv4", Buffer.from("PROXY TCP4 192.0.2.1 10.0.0.1 8080 2345\r\n"), "192.0.2.1"],
  ["a line for IPv6", Buffer.from("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n"), "2001:db8::1"],
  ["an unknown line", Buffer.from("PROXY UNKNOWN\r\n"), undefined],
  ["an unknown line with text", Buffer.from("PROXY UNKNOWN ffff:f...f:ffff 65535\r\n"), undefined],
];

const text = (line: string): Buffer => Buffer.from(line);

const invalid: readonly (readonly [string, Buffer])[] = [
  ["another protocol", text("GET / HTTP/1.1\r\n")],
  ["a line of JSON", text('{"command":"ping"}\n')],
  ["a TLS handshake", Buffer.from([0x16, 3, 1, 2, 0])],
  ["version 1 in binary", binary(tcp4, { command: 0x11 })],
  ["an unknown command", binary(tcp4, { command: 0x22 })],
  ["UDP", binary(tcp4, { family: 0x12 })],
  ["a Unix socket", binary(Buffer.alloc(216), { family: 0x31 })],
  ["an unknown family", binary(tcp4, { family: 0x41 })],
  ["too few bytes for IPv4", binary(tcp4.subarray(1))],
  ["too few bytes for IPv6", binary(tcp4, { family: 0x21 })],
  ["a content that is too long", binary(Buffer.alloc(0), { length: 2049 })],
  ["a field beyond the end", binary(Buffer.concat([tcp4, Buffer.from([5, 0, 3, 1, 2])]))],
  ["half a field", binary(Buffer.concat([tcp4, Buffer.from([5, 0])]))],
  ["lower case", text("proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n")],
  ["two blanks", text("PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n")],
  ["a family that does not fit", text("PROXY TCP4 ::1 ::1 1 2\r\n")],
  ["no ports", text("PROXY TCP4 192.0.2.1 10.0.0.1\r\n")],
  ["a port above 65535", text("PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n")],
  ["leading zeros", text("PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n")],
  ["an address with leading zeros", text("PROXY TCP4 192.000.002.001 10.0.0.1 1 2\r\n")],
  ["a zone", text("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n")],
  ["a line that is too long", text(`PROXY UNKNOWN ${"x".repeat(92)}\r\n`)],
  ["a line without an end", text(`PROXY TCP4 ${"1".repeat(100)}`)],
];

const complete = (length: number, address: string | undefined): ProxyHeader => ({
  type: "complete",
  length,
  address,
});

describe("PROXY protocol header", () => {
  it.each(valid)("is parsed: %s", (_name, header, address) => {
    expect(parseProxyHeader(header)).toEqual(complete(header.length, address));
  });

  it.each(valid)("ends before the bytes of the connection: %s", (_name, header, address) => {
    const rest = Buffer.from('{"command":"ping"}\r\n');
    expect(parseProxyHeader(Buffer.concat([header, rest]))).toEqual(complete(header.length, address));
  });

  it.each(valid)("is incomplete at every earlier byte: %s", (_name, header) => {
    for (let length = 0; length < header.length; length++) {
      expect(parseProxyHeader(header.subarray(0, length)).type).toBe("incomplete");
    }
  });

  it.each(invalid)("is refused: %s", (_name, header) => {
    expect(parseProxyHeader(header)).toEqual({ type: "invalid" });
  });

  it("stays refused whatever follows, and never reads more than its bound", () => {
    for (let round = 0; round < 20_000; round++) {
      const [, base] = valid[round % valid.length] ?? ["", Buffer.alloc(0)];
      const mutated = Buffer.from(base);
      for (let count = 1 + (round % 3); count > 0; count--) {
        const [at = 0, value = 0] = [randomBytes(2).readUInt16BE() % mutated.length, ...randomBytes(1)];
        mutated[at] = value;
      }
      const result = parseProxyHeader(mutated);
      const longer = parseProxyHeader(Buffer.concat([mutated, randomBytes(3000)]));
      if (result.type !== "incomplete") expect(longer).toEqual(result);
      expect(longer.type).not.toBe("incomplete");
      if (longer.type === "complete") expect(longer.length).toBeLessThanOrEqual(16 + 2048);
    }
  });

  it("reports every address that a proxy can encode", () => {
    for (let round = 0; round < 2000; round++) {
      const source = randomBytes(round % 2 === 0 ? 4 : 16);
      const content = Buffer.concat([source, randomBytes(source.length + 4)]);
      const header = binary(content, { family: source.length === 4 ? 0x11 : 0x21 });
      const result = parseProxyHeader(header);
      const address = result.type === "complete" ? (result.address ?? "") : "";
      const line = `PROXY TCP${source.length === 4 ? 4 : 6} ${address} ${address} 1 2\r\n`;
      expect(parseProxyHeader(Buffer.from(line))).toEqual(complete(line.length, address));
      const groups = address
        .split(/[.:]/)
        .map((part) => Number.parseInt(part, source.length === 4 ? 10 : 16));
      const bytes = groups.flatMap((group) => (source.length === 4 ? [group] : [group >> 8, group & 255]));
      expect(Buffer.from(bytes)).toEqual(source);
    }
  });
});
