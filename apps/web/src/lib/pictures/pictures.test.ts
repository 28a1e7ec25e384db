import { expect, it } from "vitest";
import { PictureUrls } from "./picture-urls.ts";
import { isDisplayable, pngSize } from "./png-size.ts";

/** Returns the header of a PNG file. */
function png(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

it("accepts only PNG files of a reasonable size", () => {
  expect(pngSize(png(3, 4))).toEqual({ width: 3, height: 4 });
  expect(isDisplayable(png(64, 64))).toBe(true);
  expect(isDisplayable(png(60_000, 60_000))).toBe(false);
  expect(isDisplayable(png(0, 5))).toBe(false);
  expect(isDisplayable(new TextEncoder().encode("<svg onload=alert(1)>".repeat(3)))).toBe(false);
});

it("keeps the URL of a picture until it changes", () => {
  const urls = new PictureUrls();
  const first = png(1, 1);
  const url = urls.get("a", first);
  expect(url).toMatch(/^blob:/);
  expect(urls.get("a", first)).toBe(url);
  expect(urls.get("a", png(2, 2))).not.toBe(url);
  expect(urls.get("b", new Uint8Array())).toBeUndefined();
});
