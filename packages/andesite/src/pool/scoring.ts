import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";

/** How well a node's region suits a guild: the larger, the better. */
export type RegionGuildComparator = (guildId: string, nodeRegion: string | null) => number;

/** A score: the larger, the better. Arrays are compared element by element. */
export type Score = number | string | readonly Score[];

/** What a member's score for a guild can be worked out from. */
export interface ScoringData {
  /** The pool that asks. */
  readonly pool: AbstractWebSocket;
  /** The member. */
  readonly client: AbstractWebSocket;
  /** Region of the member's node; null where it is not known. */
  readonly nodeRegion: string | null;
  /** What the pool was given to compare regions; null for nothing. */
  readonly regionComparator: RegionGuildComparator | null;
  /** The guilds that the member has already. */
  readonly guildIds: ReadonlySet<string>;
  /** The guild that is to be assigned. */
  readonly guildId: string;
}

/** Gives the score of a member for a guild. */
export type PoolScoringFunction = (data: ScoringData) => Score | Promise<Score>;

/** Prefers members that are connected, then those in the right region, then those with fewer guilds. */
export const defaultScoringFunction = ({
  client,
  nodeRegion,
  regionComparator,
  guildIds,
  guildId,
}: ScoringData): Score => {
  if (client.closed) return [-1, 0, 0];
  const { connected = true } = client as { readonly connected?: boolean };
  const region = regionComparator?.(guildId, nodeRegion) ?? 0;
  return [connected ? 1 : 0, region, -guildIds.size];
};

/** Below 0 when the first score is the smaller one, above 0 when it is the larger one, 0 otherwise. */
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
 * The candidate with the best score, any of several equals; null when none can be used any more once all are rated.
 * Rejects with what rating does.
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
