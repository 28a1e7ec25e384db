/** A complete prefix code. */
export interface PrefixCodeData {
  /** Index that each code word stands for, in the order of the code words as binary fractions. */
  readonly order: readonly number[];
  /** Bits of each code word, in that order. */
  readonly lengths: readonly number[];
}

/**
 * Codebooks of parametric stereo (ISO/IEC 14496-3, tables 8.B.17 to 8.B.21). `Time` codes differences from the envelope
 * before, `Frequency` from the band below. The middle index of levels and coherence stands for zero.
 */
export const stereoCodebookData = {
  fineLevelFrequency: {
    order: [
      28, 32, 29, 31, 27, 33, 26, 34, 25, 35, 24, 36, 37, 40, 19, 41, 22, 38, 9, 51, 11, 49, 13, 47, 16, 18,
      42, 44, 12, 48, 4, 5, 2, 3, 15, 21, 39, 45, 8, 52, 6, 7, 55, 56, 53, 54, 17, 43, 59, 60, 57, 58, 0, 1,
      10, 50, 14, 46, 20, 23, 30,
    ],
    lengths: [
      4, 4, 3, 3, 5, 5, 6, 6, 7, 7, 8, 8, 9, 11, 12, 12, 10, 10, 17, 17, 17, 17, 16, 16, 14, 13, 13, 14, 17,
      17, 18, 18, 18, 18, 15, 11, 11, 15, 18, 18, 18, 18, 18, 18, 18, 18, 14, 14, 18, 18, 18, 18, 18, 18, 18,
      18, 16, 16, 12, 10, 1,
    ],
  },
  fineLevelTime: {
    order: [
      31, 26, 34, 27, 33, 35, 24, 36, 39, 41, 9, 10, 48, 49, 17, 23, 37, 43, 11, 12, 4, 56, 2, 3, 59, 60, 57,
      58, 0, 1, 5, 55, 6, 54, 13, 15, 20, 40, 22, 38, 45, 47, 7, 53, 18, 42, 16, 44, 8, 52, 14, 46, 50, 51,
      19, 21, 25, 28, 32, 29, 30,
    ],
    lengths: [
      2, 7, 7, 6, 6, 8, 9, 9, 11, 12, 15, 15, 15, 15, 13, 10, 10, 13, 15, 15, 16, 16, 16, 16, 16, 16, 16, 16,
      16, 16, 16, 16, 16, 16, 15, 14, 12, 12, 11, 11, 14, 15, 16, 16, 13, 13, 14, 14, 16, 16, 15, 15, 16, 16,
      13, 12, 9, 5, 5, 3, 1,
    ],
  },
  levelFrequency: {
    order: [
      14, 15, 13, 16, 12, 17, 11, 10, 18, 19, 9, 20, 8, 7, 21, 22, 6, 23, 24, 5, 25, 4, 3, 0, 1, 2, 26, 27,
      28,
    ],
    lengths: [
      1, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 8, 9, 10, 11, 13, 13, 14, 14, 15, 15, 16, 17, 17, 17, 17, 17, 18, 18,
    ],
  },
  levelTime: {
    order: [
      14, 13, 15, 12, 16, 11, 17, 10, 18, 9, 19, 8, 20, 21, 7, 22, 6, 23, 0, 1, 2, 3, 4, 5, 24, 25, 26, 27,
      28,
    ],
    lengths: [
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 17, 19, 19, 19, 19, 20, 20, 20, 20, 20, 20, 20,
      20,
    ],
  },
  coherenceFrequency: {
    order: [7, 8, 6, 9, 5, 10, 4, 11, 12, 3, 13, 2, 14, 1, 0],
    lengths: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14],
  },
  coherenceTime: {
    order: [7, 8, 6, 9, 5, 10, 4, 11, 3, 12, 2, 13, 1, 0, 14],
    lengths: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14],
  },
  phaseFrequency: { order: [1, 4, 5, 3, 6, 2, 7, 0], lengths: [3, 4, 4, 4, 4, 4, 4, 1] },
  phaseTime: { order: [5, 4, 3, 2, 6, 1, 7, 0], lengths: [4, 5, 5, 4, 4, 3, 3, 1] },
  overallPhaseFrequency: { order: [7, 1, 3, 6, 2, 5, 4, 0], lengths: [3, 3, 4, 4, 4, 5, 5, 1] },
  overallPhaseTime: { order: [5, 2, 6, 4, 3, 1, 7, 0], lengths: [4, 4, 4, 5, 5, 3, 3, 1] },
} satisfies Readonly<Record<string, PrefixCodeData>>;
