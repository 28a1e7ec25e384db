import { expectTypeOf, it } from "vitest";
import type {
  EventFields,
  FilterSettings,
  FilterUpdates,
  NodeEvent,
  NodeMessage,
  Operation,
  OperationFields,
  OperationInput,
  WirePlayer,
  WireStats,
} from "./index.ts";
import { fromMilli, toMilli, toSnowflake } from "./index.ts";

it("infers the fields of an operation from its name", () => {
  expectTypeOf<OperationFields<"seek">>().toEqualTypeOf<{ position: number }>();
  expectTypeOf<OperationFields<"play">["noReplace"]>().toEqualTypeOf<boolean>();
  expectTypeOf<OperationFields<"play">["start"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<OperationInput<"play">["start"]>().toEqualTypeOf<number | string | null | undefined>();
  expectTypeOf<Extract<Operation, { op: "mixer" }>["fields"]["players"][string]["track"]>().toEqualTypeOf<
    string | null | undefined
  >();
});

it("narrows the fields with the name of messages and events", () => {
  expectTypeOf<
    Extract<NodeMessage, { op: "player-update" }>["fields"]["state"]
  >().toEqualTypeOf<WirePlayer | null>();
  expectTypeOf<Extract<NodeMessage, { op: "stats" }>["fields"]["stats"]>().toEqualTypeOf<WireStats>();
  expectTypeOf<
    Extract<NodeEvent, { type: "TrackEndEvent" }>["fields"]["mayStartNext"]
  >().toEqualTypeOf<boolean>();
  expectTypeOf<EventFields<"TrackStuckEvent">>().toEqualTypeOf<{ track: string; thresholdMs: number }>();
});

it("has all fields in entities after reading", () => {
  expectTypeOf<WirePlayer["time"]>().toEqualTypeOf<number | null>();
  expectTypeOf<WirePlayer["frame"]>().toEqualTypeOf<{ loss: number; success: number; usable: boolean }>();
  expectTypeOf<WireStats["cpu"]>().toEqualTypeOf<{ andesite: number; system: number } | null>();
  expectTypeOf<WireStats["runtime"]["version"]["build"]>().toEqualTypeOf<number | null>();
});

it("has the settings of each filter", () => {
  expectTypeOf<keyof FilterSettings<"karaoke">>().toEqualTypeOf<
    "level" | "monoLevel" | "filterBand" | "filterWidth"
  >();
  expectTypeOf<FilterUpdates["volume"]>().toEqualTypeOf<{ volume?: number } | undefined>();
});

it("keeps null in the conversion of units", () => {
  expectTypeOf(fromMilli(5 as number)).toEqualTypeOf<number>();
  expectTypeOf(toMilli(5 as number | null)).toEqualTypeOf<number | null>();
  // @ts-expect-error a number cannot hold all digits of an id
  expectTypeOf(toSnowflake).toBeCallableWith(5, "id");
});
