import { expect, it } from "vitest";
import * as advanced from "./advanced.ts";
import * as client from "./client/index.ts";
import * as discord from "./discord/index.ts";
import * as events from "./events/index.ts";
import * as http from "./http/index.ts";
import * as main from "./index.ts";
import * as models from "./models/index.ts";
import * as operations from "./operations/index.ts";
import * as pool from "./pool/index.ts";
import * as state from "./state/index.ts";
import * as webSocket from "./web-socket/index.ts";

const names = (module: object): string[] => Object.keys(module);

it("exports each value of a room from exactly one of the two entries", () => {
  const rooms = [client, discord, events, http, models, operations, pool, state, webSocket];
  const exported = [...names(main), ...names(advanced)];
  expect(rooms.flatMap(names).filter((name) => !exported.includes(name))).toEqual([]);
  expect(exported.filter((name, index) => exported.indexOf(name) !== index)).toEqual([]);
});

it("keeps the main entry to what a bot uses", () => {
  // Raised on purpose only: what a bot does not use belongs in `advanced.ts`.
  expect(names(main).length).toBeLessThanOrEqual(60);
});
