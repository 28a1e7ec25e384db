import { expect, it } from "vitest";
import { samplePlugin, shareInterval } from "./sample.ts";

interface Plugin {
  readonly strykerPlugins: readonly {
    readonly value: {
      check(mutants: readonly { id: string }[]): Promise<Record<string, { readonly status: string }>>;
    };
  }[];
}

it("lets every third mutant pass and leaves out the others", async () => {
  const source = encodeURIComponent(samplePlugin({ oneIn: 3, from: 1 }));
  const plugin: Plugin = await import(/* @vite-ignore */ `data:text/javascript,${source}`);
  const mutants = Array.from({ length: 8 }, (_, index) => ({ id: `${index}` }));
  const results = await plugin.strykerPlugins[0]?.value.check(mutants);
  const passed = Object.entries(results ?? {}).filter(([, { status }]) => status === "passed");
  expect(passed.map(([id]) => id)).toEqual(["1", "4", "7"]);
  expect(Object.keys(results ?? {})).toHaveLength(8);
});

it("gives Wilson's interval for a small part of a large population", () => {
  const [low, high] = shareInterval(81, 100, 1e9);
  expect(low).toBeCloseTo(0.7222, 4);
  expect(high).toBeCloseTo(0.8749, 4);
  expect(shareInterval(100, 100, 1e9)[1]).toBeCloseTo(1);
  expect(shareInterval(0, 100, 1e9)[0]).toBeCloseTo(0);
});

it("narrows the interval the more of the population was tried, to the share itself", () => {
  const width = (population: number) => {
    const [low, high] = shareInterval(80, 100, population);
    return high - low;
  };
  expect(width(200)).toBeLessThan(width(1000) * 0.8);
  expect(shareInterval(80, 100, 100)).toEqual([0.8, 0.8]);
});

it("rejects a sample in which nothing was tried", () => {
  expect(() => shareInterval(0, 0, 5)).toThrow(RangeError);
});
