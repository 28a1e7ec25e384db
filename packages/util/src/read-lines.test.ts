import { expect, it } from "vitest";
import { readLines } from "./read-lines.ts";

function inParts(text: string, length: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const starts = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) => index * length);
  return ReadableStream.from(starts.map((start) => bytes.subarray(start, start + length)));
}

it.each([1, 2, 5, 100])("splits at newlines only, in parts of %i bytes", async (length) => {
  const lines: string[] = [];
  for await (const line of readLines(inParts("a\u2028b\n\n€\u2029\u0085\r\nlast", length))) lines.push(line);
  expect(lines).toEqual(["a\u2028b", "", "€\u2029\u0085\r", "last"]);
});

it("yields no line for an empty stream, and none after the last newline", async () => {
  const count = async (text: string) => (await Array.fromAsync(readLines(inParts(text, 3)))).length;
  expect([await count(""), await count("\n"), await count("a\nb\n")]).toEqual([0, 1, 2]);
});
