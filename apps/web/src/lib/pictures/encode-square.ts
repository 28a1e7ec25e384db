import { type Crop, cropSquare } from "./crop.ts";

/** Side lengths in pixels, tried until the file fits the server's limit. */
const sides = [192, 128, 112, 96, 80, 64, 48, 32];

/** Returns the largest picture in bytes whose base64 text fits a limit. */
export const bytesWithin = (base64Limit: number): number => Math.floor(base64Limit / 4) * 3;

/** Crops a picture and encodes it as PNG. Rejects if it cannot be encoded within `maxBytes`. */
export async function encodeSquare(image: ImageBitmap, crop: Crop, maxBytes: number): Promise<Uint8Array> {
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
    if (blob && blob.size <= maxBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  throw new Error("the picture cannot be made small enough");
}
