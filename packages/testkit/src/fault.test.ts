import { describe, expect, it } from "vitest";
import { checkFault, type Fault } from "./fault.ts";

describe("a fault", () => {
  it.each([
    [{ type: "slow", bytesPerSecond: 0 }, "bytesPerSecond"],
    [{ type: "delay", delayMs: Number.POSITIVE_INFINITY }, "delayMs"],
    [{ type: "cutAfter", bytes: -1 }, "bytes"],
    [{ type: "corrupt", offset: Number.NaN }, "offset"],
    [{ type: "corrupt", seed: -1 }, "seed"],
    [{ type: "explode" } as unknown as Fault, "type"],
  ] as [Fault, string][])("is rejected when invalid: %j", (fault, field) => {
    expect(() => checkFault(fault)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
    expect(() => checkFault(fault)).toThrow(new RegExp(`^${field}: `));
  });
});
