import type { Colour, Picture } from "./png.ts";

// A few flat colours keep the PNG small.

const mix = (from: Colour, to: Colour, share: number): Colour => {
  const at = (part: 0 | 1 | 2) => from[part] + (to[part] - from[part]) * share;
  return [at(0), at(1), at(2)];
};

/** Quantises a value from 0 to 1 to a number of steps. */
const stepped = (share: number, steps: number): number =>
  Math.round(Math.min(1, Math.max(0, share)) * steps) / steps;

const within = (x: number, y: number, width: number, height: number): boolean =>
  Math.hypot(x / width, y / height) <= 1;

const night: Colour = [22, 24, 58];
const dusk: Colour = [104, 58, 108];
const flame: Colour = [255, 196, 104];
const paper: Colour = [247, 148, 66];
const wood: Colour = [74, 38, 44];

/** Centre and size of a lantern. */
const lamps = [
  [-0.58, -0.22, 0.2],
  [0.06, 0.12, 0.27],
  [0.64, -0.34, 0.17],
  [0.62, 0.52, 0.13],
  [-0.5, 0.6, 0.12],
] as const;

/** Cover of "Lanterns". */
export const lanternsCover: Picture = (x, y) => {
  let glow = 0;
  for (const [left, top, size] of lamps) {
    const [dx, dy] = [(x - left) / size, (y - top) / size];
    if (within(dx, dy + 0.98, 0.42, 0.14) || within(dx, dy - 0.98, 0.42, 0.14)) return wood;
    if (within(dx, dy, 0.52, 0.62)) return flame;
    if (within(dx, dy, 0.84, 1)) return Math.abs(dx) < 0.46 ? mix(paper, flame, 0.35) : paper;
    if (Math.abs(dx) < 0.03 && dy < -1) return wood;
    glow = Math.max(glow, 1 - (Math.hypot(dx, dy) - 0.8) / 1.9);
  }
  const sky = mix(night, dusk, stepped((y + 1) / 2, 14));
  return mix(sky, paper, 0.42 * stepped(glow, 7));
};

const morning: Colour = [252, 226, 196];
const haze: Colour = [240, 178, 162];
const sun: Colour = [255, 246, 220];
const shallow: Colour = [104, 176, 184];
const deep: Colour = [24, 78, 110];
const bright: Colour = [252, 250, 244];
const shade: Colour = [214, 220, 226];

/** Returns the part of a paper boat with its water line at (0, 0) that a point lies on. */
function boat(x: number, y: number): Colour | null {
  // The hull narrows downwards, with a triangular sail on top.
  if (y <= 0.22 && y >= -0.12 && Math.abs(x) <= 0.62 - 0.75 * (y + 0.12)) return x > 0 ? shade : bright;
  if (y < -0.12 && y >= -0.6 && Math.abs(x) <= 0.62 * (y + 0.6)) return x > 0 ? shade : bright;
  return null;
}

const wave = (x: number, row: number): number =>
  -0.02 + row * 0.2 + 0.045 * Math.sin(5.2 * x + 1.9 * row) + 0.02 * Math.sin(11 * x - row);
const waves = 5;

/** Cover of "Paper Boats". */
export const paperBoatsCover: Picture = (x, y) => {
  for (let row = waves; row >= 0; row--) {
    if (y > wave(x, row)) return mix(shallow, deep, row / waves);
    // A wave hides the keel.
    const hull = row === 3 ? boat((x + 0.24) / 0.85, (y - 0.42) / 0.85) : null;
    const other = row === 1 ? boat((x - 0.5) / 0.5, (y - 0.12) / 0.5) : null;
    if (hull ?? other) return hull ?? other ?? undefined;
  }
  if (within(x - 0.42, y + 0.52, 0.2, 0.2)) return sun;
  return mix(haze, morning, stepped(y + 1, 10));
};
