/**
 * Channels of Vorbis and Opus in the order left, right, centre, low, back, side, by their number (Vorbis I, 4.3.9; RFC 7845,
 * section 5.1.1.2). Absent where the order is the same.
 */
export const vorbisOrders: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};
