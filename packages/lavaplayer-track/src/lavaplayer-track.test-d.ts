import { expectTypeOf, test } from "vitest";
import { decodeTrack, encodeTrack, type Probe, type Track, type TrackVersion } from "./index.ts";

test("a decoded track has every field and can be encoded again", () => {
  const track = decodeTrack("");
  expectTypeOf(track).toEqualTypeOf<Track>();
  expectTypeOf(track.info.duration).toEqualTypeOf<number | null>();
  expectTypeOf(track.positionMs).toEqualTypeOf<bigint>();
  expectTypeOf(track.source.probe).toEqualTypeOf<Probe | null>();
  expectTypeOf(encodeTrack(track)).toEqualTypeOf<string>();
  expectTypeOf(encodeTrack({ ...track, position: 3 })).toEqualTypeOf<string>();
});

test("versions are literal", () => {
  expectTypeOf<TrackVersion>().toEqualTypeOf<1 | 2 | 3>();
  // @ts-expect-error there is no version 4
  encodeTrack(decodeTrack(""), { version: 4 });
});
