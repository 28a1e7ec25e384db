import { Client } from "@asterite/aster";
import { expect, it } from "vitest";
import { Bot } from "./bot.ts";

const bot = new Bot(new Client());

it.each<[string, () => unknown]>([
  ["client is undefined; allowed: a Client of @asterite/aster", () => Reflect.construct(Bot, [])],
  ["client is {}; allowed: a Client of @asterite/aster", () => new Bot({} as never)],
  ['option is "!"; allowed: an object with prefix', () => new Bot(bot.client, "!" as never)],
  [
    "pattern is 5; allowed: a text, a regular expression or a function",
    () => bot.hears(5 as never, () => ""),
  ],
  ["handler is undefined; allowed: a function", () => bot.hears("hi", undefined as never)],
  ["boundary is null; allowed: a function", () => bot.catch(null as never)],
  ["middleware is [{}]; allowed: an array of functions", () => bot.use({} as never)],
  ["j: args is 5; allowed: an object", () => bot.command("j", { args: 5 as never, run: () => "" })],
  ["j: args is []; allowed: an object", () => bot.command("j", { args: [] as never, run: () => "" })],
  [
    "j: description is 5; allowed: a text",
    () => bot.command("j", { description: 5 as never, run: () => "" }),
  ],
  ["j: details is {}; allowed: a text", () => bot.command("j", { details: {} as never, run: () => "" })],
  ["g: description is 5; allowed: a text", () => bot.group("g", { description: 5 as never })],
  ["plugin is {}; allowed: a function", () => bot.install({} as never)],
  ['members is {"store":5}; allowed: a function', () => bot.extend({ store: 5 } as never)],
])("refuses arguments: %s", (message, define) => {
  expect(define).toThrow(
    expect.objectContaining({ code: "ARGUMENT_INVALID", message: expect.stringContaining(message) }),
  );
});
