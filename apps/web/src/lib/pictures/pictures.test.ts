import { expect, it } from "vitest";
import { PictureUrls } from "./picture-urls.ts";
import { isShowable, pngSize } from "./png-size.ts";

/** The head of a PNG file; what follows does not matter here. */
function png(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

it("only pictures of a bearable size are shown", () => {
  expect(pngSize(png(3, 4))).toEqual({ width: 3, height: 4 });
  expect(isShowable(png(64, 64))).toBe(true);
  expect(isShowable(png(60_000, 60_000))).toBe(false);
  expect(isShowable(png(0, 5))).toBe(false);
  expect(isShowable(new TextEncoder().encode("<svg onload=alert(1)>".repeat(3)))).toBe(false);
});

it("a picture keeps its address until it changes", () => {
  const urls = new PictureUrls();
  const first = png(1, 1);
  const url = urls.get("a", first);
  expect(url).toMatch(/^blob:/);
  expect(urls.get("a", first)).toBe(url);
  expect(urls.get("a", png(2, 2))).not.toBe(url);
  expect(urls.get("b", new Uint8Array())).toBeUndefined();
});
