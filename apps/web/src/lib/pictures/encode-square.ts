import { type Crop, cropSquare } from "./crop.ts";

/** Sides that are tried, in pixels, until the file is small enough for the server. */
const sides = [192, 128, 112, 96, 80, 64, 48, 32];

/** Largest picture in bytes for a limit that counts its base64 text. */
export const bytesWithin = (base64Limit: number): number => Math.floor(base64Limit / 4) * 3;

/** Cuts a square out of a picture as a PNG file of at most so many bytes. Rejects if that cannot be done. */
export async function encodeSquare(image: ImageBitmap, crop: Crop, mostBytes: number): Promise<Uint8Array> {
  const { left, top, size } = cropSquare(image.width, image.height, crop);
  for (const side of sides) {
    const canvas = document.createElement("canvas");
    canvas.width = side;
    canvas.height = side;
    const context = canvas.getContext("2d");
    if (!context) break;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, left, top, size, size, 0, 0, side, side);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob && blob.size <= mostBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  throw new Error("the picture cannot be made small enough");
}
