import { expectTypeOf, it } from "vitest";
import { Player } from "./advanced.ts";
import { Compressor, HighPass } from "./effects/index.ts";
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
  type Stats,
  type TrackInfo,
} from "./index.ts";

const http = new HTTP("http://localhost:5000", null);

it("types an HTTP client as HTTPBase and HTTPInterface", () => {
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

it("types missing values of models as null", () => {
  const player = Player.fromRaw({});
  expectTypeOf(player.livePosition).toEqualTypeOf<number | null>();
  expectTypeOf(player.filters.equalizer).toEqualTypeOf<Equalizer>();
  expectTypeOf<AndesiteException["cause"]>().toEqualTypeOf<AndesiteException | undefined>();
});

it("returns null for a band only when `create` is false", () => {
  const { equalizer } = new FilterMap();
  expectTypeOf(equalizer.getBand(1)).toEqualTypeOf<EqualizerBand>();
  expectTypeOf(equalizer.getBand(1, { create: false })).toEqualTypeOf<EqualizerBand | null>();
  expectTypeOf(equalizer.bandGains()).toEqualTypeOf<number[]>();
  expectTypeOf(equalizer.bandGains({ useDefault: false })).toEqualTypeOf<(number | null)[]>();
});

it("types the settings of effects", () => {
  const compressor = new Compressor({ ratio: 4, enabled: false });
  expectTypeOf(compressor.settings.threshold).toEqualTypeOf<number>();
  expectTypeOf(new FilterMap().getFilter("compressor", Compressor)).toEqualTypeOf<Compressor>();
  // @ts-expect-error a setting of another effect
  void new HighPass({ ratio: 4 });
  // @ts-expect-error settings are changed by `set`
  compressor.settings.ratio = 2;
});
