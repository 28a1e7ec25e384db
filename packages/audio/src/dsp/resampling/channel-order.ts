/** How containers arrange more than two channels: as WAVE and FLAC do, or as Vorbis does. */
export type ChannelOrder = "wave" | "vorbis";

/** Parts of a channel that go to the left and to the right. */
type Shares = readonly [left: number, right: number];

const half = Math.SQRT1_2;
const left: Shares = [1, 0];
const right: Shares = [0, 1];
const centre: Shares = [half, half];
const surroundLeft: Shares = [half, 0];
const surroundRight: Shares = [0, half];
const surroundCentre: Shares = [0.5, 0.5];
/** The recommendation leaves the channel of low-frequency effects out. */
const effects: Shares = [0, 0];

/** Speakers by number of channels, in the order of the WAVE format. */
const waveLayouts: readonly (readonly Shares[])[] = [
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

/** The same in the order of Vorbis, where it is another. */
const vorbisLayouts: readonly (readonly Shares[] | undefined)[] = [
  undefined,
  undefined,
  undefined,
  [left, centre, right],
  undefined,
  [left, centre, right, surroundLeft, surroundRight],
  [left, centre, right, surroundLeft, surroundRight, effects],
  [left, centre, right, surroundLeft, surroundRight, surroundCentre, effects],
  [left, centre, right, surroundLeft, surroundRight, surroundLeft, surroundRight, effects],
];

/**
 * How channels are mixed to stereo: by ITU-R BS.775, with −3 dB for the centre and the surround channels. All
 * is then lowered by the same factor, so that channels at full scale cannot add up to more: neither side is
 * ever cut where the other is not. Mono goes to both sides as it is.
 *
 * @param channels - From 1 to 8; of more, the first eight are mixed.
 * @returns Shares of every channel.
 */
export function stereoShares(channels: number, order: ChannelOrder): readonly Shares[] {
  const count = Math.min(channels, waveLayouts.length - 1);
  const layout = (order === "vorbis" ? vorbisLayouts[count] : undefined) ?? waveLayouts[count] ?? [];
  const sum = (side: 0 | 1) => layout.reduce((total, shares) => total + shares[side], 0);
  const scale = 1 / Math.max(sum(0), sum(1), 1);
  return layout.map(([toLeft, toRight]) => [toLeft * scale, toRight * scale]);
}
