const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Largest displayed width and height in pixels: a small file can decode to a huge picture. */
const maxSidePixels = 2048;

/** Returns the width and height of a PNG file; undefined for other content. */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  if (bytes.length < 33 || signature.some((byte, index) => bytes[index] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Returns whether a picture from a server is a PNG of acceptable size. */
export function isDisplayable(bytes: Uint8Array): boolean {
  const size = pngSize(bytes);
  if (!size) return false;
  const { width, height } = size;
  return width > 0 && height > 0 && width <= maxSidePixels && height <= maxSidePixels;
}
