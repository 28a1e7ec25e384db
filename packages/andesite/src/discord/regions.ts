import type { RegionGuildComparator } from "../pool/scoring.ts";

/** How near two regions are: 0 another country, 2 the same country, 3 the same part of it as well. */
export type RegionComparison = (one: string, other: string) => number;

/**
 * Compares two voice regions of Discord, such as `us-west` and `vip-us-east`: 0 for different countries, 2 for the
 * same country, 3 for the same area of it, or when neither has one.
 */
export function compareRegions(one: string, other: string): number {
  const [country, area] = parts(one);
  const [otherCountry, otherArea] = parts(other);
  if (country !== otherCountry) return 0;
  return area === otherArea ? 3 : 2;
}

function parts(region: string): readonly [country: string, area: string | null] {
  const [country = "", area = null] = region.toLowerCase().replace(/^vip-/, "").split("-");
  return [country, area];
}

/**
 * Prefers nodes in the region of a guild.
 *
 * @param guildRegion - Gives the voice region of a guild; null where it is not known.
 */
export const createRegionComparator =
  (
    guildRegion: (guildId: string) => string | null,
    options?: { readonly regionComp?: RegionComparison | null } | null,
  ): RegionGuildComparator =>
  (guildId, nodeRegion) => {
    if (nodeRegion === null || nodeRegion === "unknown") return 0;
    const region = guildRegion(guildId);
    return region === null ? 0 : (options?.regionComp ?? compareRegions)(nodeRegion, region);
  };
