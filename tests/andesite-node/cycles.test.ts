import { test } from "vitest";
import { playAndStop } from "../support/play-cycles.ts";

test("six hundred times playing and stopping leave nothing behind", { timeout: 90_000 }, () =>
  playAndStop(600),
);
