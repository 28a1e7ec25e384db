import { test } from "vitest";
import { playAndStop } from "../support/play-cycles.ts";

test("ten thousand times playing and stopping leave nothing behind", { timeout: 900_000 }, () =>
  playAndStop(10_000),
);
