import { expect, it } from "vitest";
import { toEpoch } from "./epoch.ts";

it("returns the last event that each earlier epoch shares with the present one", () => {
  const rows = [
    { epoch: "a", started_after: 0 },
    { epoch: "b", started_after: 100 },
    { epoch: "c", started_after: 40 },
    { epoch: "d", started_after: 70 },
  ];
  expect(toEpoch(rows.slice(0, 1))).toEqual({ id: "a", forks: [] });
  expect(toEpoch(rows)).toEqual({
    id: "d",
    forks: [
      { epoch: "a", cursor: 40 },
      { epoch: "b", cursor: 40 },
      { epoch: "c", cursor: 70 },
    ],
  });
});
