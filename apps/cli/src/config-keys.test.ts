import { expect, it } from "vitest";
import { isForeignKey } from "./config-keys.ts";
import { djSettings } from "./dj-settings.ts";
import { serverSettings } from "./server-settings.ts";
import { upSettings } from "./up/up-settings.ts";

it("knows the keys of every command", () => {
  const keys = [serverSettings, upSettings, djSettings].flatMap((table) =>
    Object.values(table).map(({ key }) => key),
  );
  expect(keys.filter((key) => !isForeignKey(key))).toEqual([]);
  expect(isForeignKey("andesite.port")).toBe(true);
  expect(isForeignKey("rate_limits")).toBe(false);
});
