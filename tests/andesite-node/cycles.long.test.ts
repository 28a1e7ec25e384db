import { it } from "vitest";
import { playAndStop } from "../support/play-cycles.ts";

it("leaks nothing after playing and stopping 10,000 times", { timeout: 900_000 }, () => playAndStop(10_000));
