import { expectTypeOf, test } from "vitest";
import {
  type AbstractHTTP,
  type AndesiteException,
  type Equalizer,
  type EqualizerBand,
  FilterMap,
  HTTP,
  HTTPBase,
  type HTTPInterface,
  type LoadedTrack,
  Player,
  type Stats,
  type TrackInfo,
} from "./index.ts";

const http = new HTTP("http://localhost:5000", null);

test("an HTTP client is a base and an interface", () => {
  expectTypeOf(http).toExtend<HTTPBase>();
  expectTypeOf(http).toExtend<HTTPInterface>();
  expectTypeOf(http).toExtend<AbstractHTTP>();
  expectTypeOf(http.getStats()).resolves.toEqualTypeOf<Stats>();
  expectTypeOf(http.loadTracks("")).resolves.toEqualTypeOf<LoadedTrack>();
  expectTypeOf(http.decodeTrack("")).resolves.toEqualTypeOf<TrackInfo | null>();
  expectTypeOf(http.request("GET", "")).resolves.toEqualTypeOf<unknown>();
  // @ts-expect-error a base alone has no routes
  void new HTTPBase("", null).getStats;
});

test("models have units in numbers, and null where there is nothing", () => {
  const player = Player.fromRaw({});
  expectTypeOf(player.livePosition).toEqualTypeOf<number | null>();
  expectTypeOf(player.filters.equalizer).toEqualTypeOf<Equalizer>();
  expectTypeOf<AndesiteException["cause"]>().toEqualTypeOf<AndesiteException | undefined>();
});

test("a band may be missing only when it is not to be created", () => {
  const { equalizer } = new FilterMap();
  expectTypeOf(equalizer.getBand(1)).toEqualTypeOf<EqualizerBand>();
  expectTypeOf(equalizer.getBand(1, { create: false })).toEqualTypeOf<EqualizerBand | null>();
  expectTypeOf(equalizer.bandGains()).toEqualTypeOf<number[]>();
  expectTypeOf(equalizer.bandGains({ useDefault: false })).toEqualTypeOf<(number | null)[]>();
});
