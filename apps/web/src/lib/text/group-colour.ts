/** Returns a group's colour as CSS; undefined for black, which means none. Accepts any number. */
export function groupColour(colour: number): string | undefined {
  const rgb = colour & 0xffffff;
  return rgb === 0 ? undefined : hexColour(rgb);
}

/** Formats a colour for an `<input type="color">`. */
export const hexColour = (colour: number): string => `#${(colour & 0xffffff).toString(16).padStart(6, "0")}`;

/** Parses `#rrggbb`; black if it is invalid. */
export const parseColour = (text: string): number => {
  const match = /^#([0-9a-f]{6})$/i.exec(text);
  return match?.[1] === undefined ? 0 : Number.parseInt(match[1], 16);
};
