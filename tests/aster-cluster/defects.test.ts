import { expect, it } from "vitest";
import { countDefects, type Observations } from "../support/cluster-defects.ts";

const correct: Observations = {
  history: [1, 2, 3, 4],
  acknowledged: [
    [1, 4],
    [2, 3],
  ],
  received: [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ],
};
const none = { lost: 0, duplicated: 0, outOfOrder: 0 };

it.each<[string, Partial<Observations>, object]>([
  ["no defect", {}, none],
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
    "a message that one reader did not receive",
    {
      received: [
        [1, 2, 3, 4],
        [1, 2, 4],
      ],
    },
    { lost: 1 },
  ],
  ["an acknowledged message that was stored again", { acknowledged: [[4], [2, 3]] }, { duplicated: 1 }],
  ["a message that was received twice", { received: [[1, 2, 2, 3, 4]] }, { duplicated: 1 }],
  ["two messages received in reverse order", { received: [[1, 3, 2, 4]] }, { outOfOrder: 1 }],
  [
    "messages of a writer stored in reverse order",
    {
      acknowledged: [
        [4, 1],
        [2, 3],
      ],
    },
    { outOfOrder: 1 },
  ],
])("counts %s", (_, change, defects) => {
  expect(countDefects({ ...correct, ...change })).toEqual({ ...none, ...defects });
});
