/** Which square of a picture is used. */
export interface Crop {
  /** Middle of the square, as parts of the picture's width and height from 0 to 1. */
  readonly x: number;
  readonly y: number;
  /** 1: the largest square that fits; 4: a quarter of its side. */
  readonly zoom: number;
}

/** The whole of a picture, as far as a square allows. */
export const wholeCrop: Crop = Object.freeze({ x: 0.5, y: 0.5, zoom: 1 });

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The square in pixels of the picture; it never reaches over an edge. */
export function cropSquare(
  width: number,
  height: number,
  { x, y, zoom }: Crop,
): { readonly left: number; readonly top: number; readonly size: number } {
  const size = Math.min(width, height) / Math.max(1, zoom);
  return {
    left: clamp(x * width - size / 2, 0, width - size),
    top: clamp(y * height - size / 2, 0, height - size),
    size,
  };
}

/** Moves the square by parts of its own side, or zooms; the result lies within the picture. */
export function changeCrop(
  width: number,
  height: number,
  crop: Crop,
  change: { readonly dx?: number; readonly dy?: number; readonly zoom?: number },
): Crop {
  const zoom = clamp(change.zoom ?? crop.zoom, 1, 8);
  const { size } = cropSquare(width, height, { ...crop, zoom });
  const x = crop.x + ((change.dx ?? 0) * size) / width;
  const y = crop.y + ((change.dy ?? 0) * size) / height;
  const { left, top } = cropSquare(width, height, { x, y, zoom });
  return { x: (left + size / 2) / width, y: (top + size / 2) / height, zoom };
}
