import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";

/** Rates how well a node's region suits a guild; higher is better. */
export type RegionGuildComparator = (guildId: string, nodeRegion: string | null) => number;

/** Score of a member; higher is better. Arrays are compared element by element. */
export type Score = number | string | readonly Score[];

/** Input of a scoring function: one member and the guild to assign. */
export interface ScoringData {
  /** Pool that assigns the guild. */
  readonly pool: AbstractWebSocket;
  /** Member to rate. */
  readonly client: AbstractWebSocket;
  /** Region of the member's node; null when unknown. */
  readonly nodeRegion: string | null;
  /** Region comparator of the pool; null for none. */
  readonly regionComparator: RegionGuildComparator | null;
  /** Guilds that are assigned to the member. */
  readonly guildIds: ReadonlySet<string>;
  /** Guild to assign. */
  readonly guildId: string;
}

/** Returns the score of a member for a guild. */
export type PoolScoringFunction = (data: ScoringData) => Score | Promise<Score>;

/** Default scoring function: prefers connected members, then the best region, then the fewest guilds. */
export const defaultScoringFunction = ({
  client,
  nodeRegion,
  regionComparator,
  guildIds,
  guildId,
}: ScoringData): Score => {
  if (client.closed) return [-1, 0, 0];
  // Absent for pools, and null for combined clients of pools.
  const { connected } = client as { readonly connected?: boolean | null };
  const region = regionComparator?.(guildId, nodeRegion) ?? 0;
  return [connected === false ? 0 : 1, region, -guildIds.size];
};

/** Compares two scores: negative when the first is lower, positive when it is higher, 0 otherwise. */
function compareScores(one: Score, other: Score): number {
  if (typeof one !== "object" || typeof other !== "object") {
    return one < other ? -1 : Number(one > other);
  }
  for (const [index, element] of one.entries()) {
    const counterpart = other[index];
    if (counterpart === undefined) return 1;
    const order = compareScores(element, counterpart);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/**
 * Returns the candidate with the best score, a random one among equals; null when no candidate is usable
 * after the rating. Rejects with errors of `rate`.
 */
export async function chooseBest<Candidate>(
  candidates: readonly Candidate[],
  rate: (candidate: Candidate) => Score | Promise<Score>,
  isUsable: (candidate: Candidate) => boolean,
): Promise<Candidate | null> {
  const rated = await Promise.all(
    candidates.map(async (candidate) => ({ candidate, score: await rate(candidate) })),
  );
  const usable = rated.filter(({ candidate }) => isUsable(candidate));
  const [first, ...others] = usable;
  if (!first) return null;
  const best = others.reduce((top, next) => (compareScores(next.score, top.score) > 0 ? next : top), first);
  const equals = usable.filter(({ score }) => compareScores(score, best.score) === 0);
  return (equals[Math.floor(Math.random() * equals.length)] ?? best).candidate;
}
