import { expect, it } from "vitest";
import { checkText, encodePicture } from "./limits.ts";

it("accepts a text up to the limit, and any without one", () => {
  checkText("content", "x".repeat(10), 10);
  checkText("content", "x".repeat(1_000_000), undefined);
  expect(() => checkText("content", "secret text", 10)).toThrow(
    /^content has 11 UTF-16 code units; the server allows at most 10$/,
  );
  expect(() => checkText("content", 5, 10)).toThrow(/content is 5; allowed: a string/);
});

it("refuses a text that was cut within a character, which a server cannot parse", () => {
  checkText("content", "ok 👍", 10);
  expect(() => checkText("content", "ok 👍".slice(0, 4), 10)).toThrow(/^content has half a character/);
});

it("accepts a picture whose base64 text is within the limit", () => {
  expect(encodePicture("picture", new Uint8Array(3), 4)).toBe("AAAA");
  expect(() => encodePicture("picture", new Uint8Array(4), 7)).toThrow(
    /^picture has 4 bytes; the server allows at most 3$/,
  );
  expect(encodePicture("picture", new Uint8Array(9), undefined)).toHaveLength(12);
  expect(() => encodePicture("picture", "AAAA", 4)).toThrow(/a Uint8Array with a PNG file/);
});
