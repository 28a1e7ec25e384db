import { describe, expect, it } from "vitest";
import { checkFault, type Fault } from "./fault.ts";

describe("a fault", () => {
  it.each([
    [{ kind: "slow", bytesPerSecond: 0 }, "bytesPerSecond"],
    [{ kind: "delay", delayMs: Number.POSITIVE_INFINITY }, "delayMs"],
    [{ kind: "cutAfter", bytes: -1 }, "bytes"],
    [{ kind: "corrupt", offset: Number.NaN }, "offset"],
    [{ kind: "corrupt", seed: -1 }, "seed"],
    [{ kind: "explode" } as unknown as Fault, "kind"],
  ] as [Fault, string][])("that makes no sense is refused: %j", (fault, field) => {
    expect(() => checkFault(fault)).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => checkFault(fault)).toThrow(new RegExp(`^${field}: `));
  });
});
