import { describe, expect, it } from "vitest";
import { chooseBest, defaultScoringFunction, type Score } from "./scoring.ts";

const best = (scores: readonly Score[], isUsable: (index: number) => boolean = () => true) =>
  chooseBest([...scores.keys()], (index) => scores[index] ?? 0, isUsable);

describe("chooseBest", () => {
  it.each<[string, readonly Score[], number]>([
    ["the higher number", [1, 3, 2], 1],
    [
      "the higher of the first elements that differ",
      [
        [1, 5, 0],
        [1, 4, 9],
        [0, 9, 9],
      ],
      0,
    ],
    ["the longer of two that begin alike", [[1, 2], [1, 2, -5], [1]], 1],
    ["the longer one in any order", [[1, 2, -5], [1, 2], [1]], 0],
    ["nested elements", [[[1, 2]], [[1, 3]], [[0, 9]]], 1],
    ["text by its order", ["b", "c", "a"], 1],
  ])("prefers %s", async (_, scores, index) => {
    expect(await best(scores)).toBe(index);
  });

  it("takes only candidates that are usable after the rating", async () => {
    expect(await best([1, 3, 2], (index) => index !== 1)).toBe(2);
    expect(await best([1, 3, 2], () => false)).toBeNull();
  });

  it("takes each of several equals at some time, and no other", async () => {
    const chosen = new Set<number | null>();
    while (chosen.size < 2)
      chosen.add(
        await best([
          [2, 1],
          [1, 9],
          [2, 1],
        ]),
      );
    for (let round = 0; round < 20; round++)
      chosen.add(
        await best([
          [2, 1],
          [1, 9],
          [2, 1],
        ]),
      );
    expect([...chosen].sort()).toEqual([0, 2]);
  });
});

describe("the default scoring function", () => {
  const rate = (client: object, guilds: number, region: string | null = null) =>
    defaultScoringFunction({
      pool: {} as never,
      client: client as never,
      nodeRegion: region,
      regionComparator: (_, nodeRegion) => (nodeRegion === "eu" ? 1 : 0),
      guildIds: new Set(Array.from({ length: guilds }, (_, index) => `${index}`)),
      guildId: "5",
    });

  it("ranks connected members by region, then by their guilds, then members without a connection", async () => {
    const scores = [
      rate({ closed: true, connected: true }, 0, "eu"),
      rate({ closed: false, connected: false }, 1, "eu"),
      rate({ closed: false, connected: false }, 0, "eu"),
      rate({ closed: false, connected: true }, 2),
      rate({ closed: false, connected: true }, 1),
      rate({ closed: false, connected: true }, 9, "eu"),
    ];
    const order: (number | null)[] = [];
    while (order.length < scores.length) order.push(await best(scores, (index) => !order.includes(index)));
    expect(order).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it("counts a pool, which has no connection of its own, as connected", () => {
    expect(rate({ closed: false }, 0)).toEqual(rate({ closed: false, connected: true }, 0));
    expect(rate({ closed: false, connected: null }, 0)).toEqual(rate({ closed: false, connected: true }, 0));
  });
});
