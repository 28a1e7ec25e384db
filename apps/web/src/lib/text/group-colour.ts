/** A group's colour as CSS; undefined for black, which stands for none. It may be any number. */
export function groupColour(colour: number): string | undefined {
  const rgb = colour & 0xffffff;
  return rgb === 0 ? undefined : hexColour(rgb);
}

/** A colour as an input for colours wants it. */
export const hexColour = (colour: number): string => `#${(colour & 0xffffff).toString(16).padStart(6, "0")}`;

/** The other way; black for anything else. */
export const parseColour = (text: string): number => {
  const match = /^#([0-9a-f]{6})$/i.exec(text);
  return match?.[1] === undefined ? 0 : Number.parseInt(match[1], 16);
};
