import { it } from "vitest";
import { playAndStop } from "../support/play-cycles.ts";

it("leaks nothing after playing and stopping 600 times", { timeout: 90_000 }, () => playAndStop(600));
