import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

it("decodes what it encodes, and encodes like Node", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(decodeBase64(text)).toEqual(bytes);
    }),
  );
  const large = new Uint8Array(1_000_000).map((_, index) => index);
  expect(decodeBase64(encodeBase64(large))).toEqual(large);
});

it("decodes invalid input to an empty array", () => {
  for (const text of ["%%%", "abc\u0000", "äöü", "a"]) expect(decodeBase64(text)).toEqual(new Uint8Array());
});
