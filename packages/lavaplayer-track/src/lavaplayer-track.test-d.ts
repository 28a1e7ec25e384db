import { expectTypeOf, it } from "vitest";
import { decodeTrack, encodeTrack, type Probe, type Track, type TrackVersion } from "./index.ts";

it("has all fields in a decoded track, which can be encoded", () => {
  const track = decodeTrack("");
  expectTypeOf(track).toEqualTypeOf<Track>();
  expectTypeOf(track.info.duration).toEqualTypeOf<number | null>();
  expectTypeOf(track.positionMs).toEqualTypeOf<bigint>();
  expectTypeOf(track.source.probe).toEqualTypeOf<Probe | null>();
  expectTypeOf(encodeTrack(track)).toEqualTypeOf<string>();
  expectTypeOf(encodeTrack({ ...track, position: 3 })).toEqualTypeOf<string>();
});

it("has literal types for versions", () => {
  expectTypeOf<TrackVersion>().toEqualTypeOf<1 | 2 | 3>();
  // @ts-expect-error there is no version 4
  encodeTrack(decodeTrack(""), { version: 4 });
});
