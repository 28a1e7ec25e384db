/** Gains of a channel into left and right. */
type Shares = readonly [left: number, right: number];

const half = Math.SQRT1_2;
const left: Shares = [1, 0];
const right: Shares = [0, 1];
const centre: Shares = [half, half];
const surroundLeft: Shares = [half, 0];
const surroundRight: Shares = [0, half];
const surroundCentre: Shares = [0.5, 0.5];
/** BS.775 omits the low-frequency effects channel. */
const effects: Shares = [0, 0];

/** Speaker layouts by number of channels, in the order of WAVE and FLAC, which all decoders use. */
const layouts: readonly (readonly Shares[])[] = [
  [],
  [[1, 1]],
  [left, right],
  [left, right, centre],
  [left, right, surroundLeft, surroundRight],
  [left, right, centre, surroundLeft, surroundRight],
  [left, right, centre, effects, surroundLeft, surroundRight],
  [left, right, centre, effects, surroundCentre, surroundLeft, surroundRight],
  [left, right, centre, effects, surroundLeft, surroundRight, surroundLeft, surroundRight],
];

/**
 * Returns the downmix gains to stereo by ITU-R BS.775, with −3 dB for centre and surround channels. All gains
 * are scaled by the same factor so that channels at full scale cannot clip. Mono goes to both sides
 * unchanged.
 *
 * @param channels - From 1 to 8; of more, the first eight are mixed.
 * @returns Gains of every channel.
 */
export function stereoShares(channels: number): readonly Shares[] {
  const count = Math.min(channels, layouts.length - 1);
  const layout = layouts[count] ?? [];
  const sum = (side: 0 | 1) => layout.reduce((total, shares) => total + shares[side], 0);
  const scale = 1 / Math.max(sum(0), sum(1), 1);
  return layout.map(([toLeft, toRight]) => [toLeft * scale, toRight * scale]);
}
