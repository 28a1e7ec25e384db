import { expect, it } from "vitest";
import { countDefects, type Knowledge } from "../support/cluster-defects.ts";

const whole: Knowledge = {
  history: [1, 2, 3, 4],
  acknowledged: [
    [1, 4],
    [2, 3],
  ],
  told: [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ],
};
const none = { lost: 0, doubled: 0, outOfOrder: 0 };

it.each<[string, Partial<Knowledge>, object]>([
  ["nothing", {}, none],
  [
    "an acknowledged message that is not stored",
    {
      acknowledged: [
        [1, 4, 5],
        [2, 3],
      ],
    },
    { lost: 1 },
  ],
  [
    "a message that one reader was not told of",
    {
      told: [
        [1, 2, 3, 4],
        [1, 2, 4],
      ],
    },
    { lost: 1 },
  ],
  ["a message that was stored once more", { acknowledged: [[4], [2, 3]] }, { doubled: 1 }],
  ["a message that was told twice", { told: [[1, 2, 2, 3, 4]] }, { doubled: 1 }],
  ["two messages told the other way round", { told: [[1, 3, 2, 4]] }, { outOfOrder: 1 }],
  [
    "a writer's messages stored the other way round",
    {
      acknowledged: [
        [4, 1],
        [2, 3],
      ],
    },
    { outOfOrder: 1 },
  ],
])("the count of defects finds %s", (_, change, defects) => {
  expect(countDefects({ ...whole, ...change })).toEqual({ ...none, ...defects });
});
