const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Largest side of a picture that is shown, in pixels: a small file may claim to be a very large picture. */
const mostPixels = 2048;

/** Width and height of a PNG file; undefined for anything else. */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  if (bytes.length < 33 || signature.some((byte, index) => bytes[index] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Whether a picture of a server is one that a page can show without harm. */
export function isShowable(bytes: Uint8Array): boolean {
  const size = pngSize(bytes);
  if (!size) return false;
  const { width, height } = size;
  return width > 0 && height > 0 && width <= mostPixels && height <= mostPixels;
}
