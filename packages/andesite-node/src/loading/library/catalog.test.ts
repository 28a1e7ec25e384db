import { expect, it } from "vitest";
import { makeFacts } from "../facts.test-support.ts";
import { CatalogBuilder } from "./catalog.ts";

it("keeps the tracks of each cue sheet together, where the sheets have no numbers of discs", () => {
  const builder = new CatalogBuilder(["/m"]);
  const add = (path: string, trackNumber: number, sheet: string | null): void =>
    builder.add({ path, modifiedMs: 1, facts: makeFacts({ album: "Both sides", trackNumber }), sheet });
  for (const trackNumber of [2, 1]) {
    for (const side of ["B", "A"])
      add(`/m/lp/${side}.flac#t=${trackNumber}`, trackNumber, `/m/lp/${side}.cue`);
  }
  // One sheet may divide several files, whose names need not be in order.
  add("/m/lp/x.flac#t=2", 1, "/m/lp/C.cue");
  add("/m/lp/w.flac#t=1", 2, "/m/lp/C.cue");
  const { items } = builder.build().list("album", "");
  expect(items.flatMap((item) => ("tracks" in item ? item.tracks.map(({ path }) => path) : []))).toEqual([
    "/m/lp/A.flac#t=1",
    "/m/lp/A.flac#t=2",
    "/m/lp/B.flac#t=1",
    "/m/lp/B.flac#t=2",
    "/m/lp/x.flac#t=2",
    "/m/lp/w.flac#t=1",
  ]);
});
