import { requireFunction, requireKnownOptions, requireText } from "../checks.ts";
import type { RegionGuildComparator } from "../pool/scoring.ts";

/** Compares two regions: 0 for different countries, 2 for the same country, 3 for the same area of it. */
export type RegionComparison = (one: string, other: string) => number;

/**
 * Compares two voice regions of Discord, such as `us-west` and `vip-us-east`. Returns 0 for different
 * countries, 2 for the same country, 3 for the same country and area, or when neither has an area.
 */
export function compareRegions(one: string, other: string): number {
  const [country, area] = parts(one);
  const [otherCountry, otherArea] = parts(other);
  if (country !== otherCountry) return 0;
  return area === otherArea ? 3 : 2;
}

function parts(region: string): readonly [country: string, area: string | null] {
  const [country = "", area = null] = requireText("region", region)
    .toLowerCase()
    .replace(/^vip-/, "")
    .split("-");
  return [country, area];
}

/**
 * Creates a region comparator that prefers nodes in the region of the guild.
 *
 * @param guildRegion - Returns the voice region of a guild; null when unknown.
 * @param options - `regionComp` compares node and guild region. Default: {@link compareRegions}.
 */
export function createRegionComparator(
  guildRegion: (guildId: string) => string | null,
  options?: { readonly regionComp?: RegionComparison | null } | null,
): RegionGuildComparator {
  requireFunction("guildRegion", guildRegion);
  requireKnownOptions("", options, ["regionComp"]);
  const compare = requireFunction("regionComp", options?.regionComp ?? compareRegions);
  return (guildId, nodeRegion) => {
    if (nodeRegion === null || nodeRegion === "unknown") return 0;
    const region = guildRegion(guildId);
    return region === null ? 0 : compare(nodeRegion, region);
  };
}
