// Draws the server's icon and the default account picture (PNG, 64 x 64) into packages/aster-server/assets.
// Run it again only
// to change them.

import { mkdirSync, writeFileSync } from "node:fs";
import { type Picture, png } from "./lib/png.ts";

const size = 64;

const roundedSquare = (x: number, y: number, radius: number): boolean => {
  const dx = Math.max(Math.abs(x) - (1 - radius), 0);
  const dy = Math.max(Math.abs(y) - (1 - radius), 0);
  return Math.hypot(dx, dy) <= radius;
};

/** Returns whether a point lies on a petal of the flower. */
const petal = (x: number, y: number, petals: number, length: number, turn: number): boolean => {
  const step = (2 * Math.PI) / petals;
  const angle = (((Math.atan2(y, x) + turn) % step) + step) % step;
  const distance = Math.hypot(x, y);
  const across = distance * Math.sin(angle - step / 2);
  const along = distance * Math.cos(angle - step / 2);
  const middle = length / 2 + 0.1;
  return ((along - middle) / (length / 2)) ** 2 + (across / 0.115) ** 2 <= 1;
};

const aster: Picture = (x, y) => {
  if (!roundedSquare(x, y, 0.42)) return undefined;
  if (Math.hypot(x, y) <= 0.24) return [250, 204, 72];
  if (petal(x, y, 12, 0.72, 0)) return [190, 160, 250];
  if (petal(x, y, 12, 0.76, Math.PI / 12)) return [139, 98, 226];
  return [38, 30, 66];
};

const somebody: Picture = (x, y) => {
  if (!roundedSquare(x, y, 0.42)) return undefined;
  if (Math.hypot(x, y + 0.25) <= 0.34) return [232, 226, 246];
  if (Math.hypot(x / 0.66, (y - 1) / 0.74) <= 1) return [232, 226, 246];
  return [126, 112, 168];
};

const assets = new URL("../packages/aster-server/assets/", import.meta.url);
mkdirSync(assets, { recursive: true });
writeFileSync(new URL("icon.png", assets), png(aster, size));
writeFileSync(new URL("default-picture.png", assets), png(somebody, size));
