/** Square section of a picture. */
export interface Crop {
  /** Centre of the square, as a fraction of the picture's width and height. */
  readonly x: number;
  readonly y: number;
  /** Zoom factor: 1 is the largest square that fits, 4 a quarter of its side. */
  readonly zoom: number;
}

/** Largest centred square. */
export const wholeCrop: Crop = Object.freeze({ x: 0.5, y: 0.5, zoom: 1 });

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Returns the square in pixels, clamped to the picture. */
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

/** Moves the square by fractions of its side, or zooms; the result is clamped to the picture. */
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
