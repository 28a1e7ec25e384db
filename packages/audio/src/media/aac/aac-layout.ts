import type { BitReader } from "../bit-reader.ts";

/** Roles of channels, in the order in which decoders return them. */
const roles = {
  left: 0,
  right: 1,
  centre: 2,
  low: 3,
  backLeft: 4,
  backRight: 5,
  innerLeft: 6,
  innerRight: 7,
  back: 8,
  sideLeft: 9,
  sideRight: 10,
} as const;

const { left, right, centre, low, backLeft, backRight, back, sideLeft, sideRight } = roles;
/** Roles of the coded channels by channel configuration. */
const configurations: readonly (readonly number[])[] = [
  [],
  [centre],
  [left, right],
  [centre, left, right],
  [centre, left, right, back],
  [centre, left, right, backLeft, backRight],
  [centre, left, right, backLeft, backRight, low],
  // The standard has two more channels in front where encoders write those of the sides.
  [centre, left, right, sideLeft, sideRight, backLeft, backRight, low],
];

/** Returns the position of each coded channel in the order left, right, centre, low, back, side. */
const orderOf = (coded: readonly number[]): readonly number[] =>
  coded.map(
    (role, channel) => coded.filter((other, at) => other < role || (other === role && at < channel)).length,
  );

/** Returns the layout of a channel configuration; undefined if it has none of its own. */
export function aacLayout(configuration: number): AacLayout | undefined {
  const coded = configurations[configuration];
  return coded && coded.length > 0 ? { order: orderOf(coded) } : undefined;
}

/** Returns the roles of the channels in front: an inner pair precedes the outer one, a single one is the centre. */
function frontRoles(pairs: readonly boolean[]): number[] {
  const hasInner = pairs.filter((isPair) => isPair).length > 1;
  let isFirstPair = true;
  return pairs.flatMap((isPair) => {
    if (!isPair) return [centre];
    const isInner = hasInner && isFirstPair;
    isFirstPair = false;
    return isInner ? [roles.innerLeft, roles.innerRight] : [left, right];
  });
}

/** Elements of a packet that hold channels. */
export const aacElements = { single: 0, pair: 1, low: 3 } as const;

/** Identity of an element within a packet: its kind and its tag. */
export const aacElementKey = (element: number, tag: number): number => 16 * element + tag;

/** Channels of a stream and their order. */
export interface AacLayout {
  /** Position of each coded channel in the order left, right, centre, low, back, side. */
  readonly order: readonly number[];
  /** First coded channel of each element by {@link aacElementKey}; absent where elements come in their order. */
  readonly elements?: ReadonlyMap<number, number>;
  /** Whether packets may hold channels that are added to others. */
  readonly isCoupled?: true;
}

/**
 * Reads a layout that is written out (`program_config_element`, ISO/IEC 14496-3, 4.5.1.2).
 *
 * @returns Undefined if there are no channels, or more than eight.
 */
export function readAacLayout(reader: BitReader): AacLayout | undefined {
  // Tag, object type, sample rate.
  reader.position += 10;
  const [front, side, behind] = [reader.read(4), reader.read(4), reader.read(4)];
  const [lows, data, couplings] = [reader.read(2), reader.read(3), reader.read(4)];
  for (const mixBits of [4, 4, 3]) if (reader.read(1) === 1) reader.position += mixBits;
  const elements = new Map<number, number>();
  let channels = 0;
  const addElement = (element: number): boolean => {
    elements.set(aacElementKey(element, reader.read(4)), channels);
    const isPair = element === aacElements.pair;
    channels += isPair ? 2 : 1;
    return isPair;
  };
  const readPairs = (count: number): boolean[] =>
    Array.from({ length: count }, () =>
      addElement(reader.read(1) === 1 ? aacElements.pair : aacElements.single),
    );
  const coded = [
    ...frontRoles(readPairs(front)),
    ...readPairs(side).flatMap((isPair) => (isPair ? [sideLeft, sideRight] : [sideLeft])),
    ...readPairs(behind).flatMap((isPair) => (isPair ? [backLeft, backRight] : [back])),
    ...new Array<number>(lows).fill(low),
  ];
  for (let index = 0; index < lows; index++) addElement(aacElements.low);
  reader.position += 4 * data + 5 * couplings;
  reader.position = (reader.position + 7) & ~7;
  const commentBytes = reader.read(8);
  reader.position += 8 * commentBytes;
  const coupling = couplings > 0 ? ({ isCoupled: true } as const) : {};
  return channels > 0 && channels <= 8 ? { order: orderOf(coded), elements, ...coupling } : undefined;
}
