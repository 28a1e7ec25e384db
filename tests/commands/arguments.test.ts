// Wrong arguments of callers without types: each is refused with an error that names it, none is ignored.

import { Client } from "@asterite/aster";
import {
  arg,
  Bot,
  type BotOptions,
  type Context,
  formatDuration,
  neutralizeMentions,
  parseDuration,
  quote,
  quoteArgument,
  quoteBlock,
  sanitizeLine,
  sendText,
} from "@asterite/commands";
import { expect, it } from "vitest";
import { startBot } from "../support/commands-bot.ts";

const wrong = (value: unknown): never => value as never;
const refusal = (message: string) =>
  expect.objectContaining({
    name: "CommandsError",
    code: "ARGUMENT_INVALID",
    message: expect.stringContaining(message),
  });

const makeBot = (options?: BotOptions): Bot =>
  new Bot(new Client({ username: "bot", password: "secret" }), options);

it.each<readonly [message: string, call: () => unknown]>([
  ["middleware is []; allowed: at least one", () => makeBot().use()],
  ["g: aliases is 5; allowed: an array", () => makeBot().group("g", { aliases: wrong(5) })],
  ["guards is null; allowed: an array", () => makeBot().group("g", { guards: wrong(null) })],
  ["c: aliases is null; allowed", () => makeBot().command("c", { aliases: wrong(null), run: () => {} })],
  ["c: args is null; allowed", () => makeBot().command("c", { args: wrong(null), run: () => {} })],
  [
    "c: hidden is 1; allowed: true or false",
    () => makeBot().command("c", { hidden: wrong(1), run: () => {} }),
  ],
  ["cooldown is null; allowed", () => makeBot().command("c", { cooldown: wrong(null), run: () => {} })],
  ["help is 0; allowed: a boolean", () => makeBot({ help: wrong(0) })],
  ['suggest is "no"; allowed', () => makeBot({ suggest: wrong("no") })],
  ["userRate is null; allowed", () => makeBot({ userRate: wrong(null) })],
  ["clock is {}; allowed: an object with now", () => makeBot({ clock: wrong({}) })],
  ['permission is "fly"; allowed: modify_channels', () => arg.channel({ permission: wrong("fly") })],
  ["text is null; allowed: a text", () => quote(wrong(null))],
  ["maxLength is NaN; allowed: a number of at least 1", () => quote("x", Number.NaN)],
  ["text is 5; allowed: a text", () => quoteBlock(wrong(5))],
  ["maxLength is null; allowed", () => sanitizeLine("x", wrong(null))],
  ["text is []; allowed", () => neutralizeMentions(wrong([]))],
  ["allowedNames is null; allowed: an array of texts", () => neutralizeMentions("@x", wrong(null))],
  ["text is undefined; allowed", () => quoteArgument(wrong(undefined))],
  ["text is 5; allowed: a text", () => parseDuration(wrong(5))],
  ["ms is NaN; allowed: a number", () => formatDuration(Number.NaN)],
])("%s", (message, call) => {
  expect(call).toThrow(refusal(message));
});

const inHandlers: readonly (readonly [message: string, call: (context: Context, bot: Bot) => unknown])[] = [
  ["channel is null; allowed: a channel", (_, bot) => bot.send(wrong(null), "x")],
  ['channel is "number"; allowed', (_, bot) => bot.send(wrong(5), "x")],
  ["option of send is 5; allowed", ({ channel }, bot) => bot.send(channel, "x", wrong(5))],
  ['channel is "object"; allowed', () => sendText(wrong({}), "x")],
  ["text is undefined; allowed: a text", (context) => context.reply(wrong(undefined))],
  ["text is 5; allowed: a text", (context) => context.send(wrong(5))],
  ["option of reply is null; allowed", (context) => context.reply("x", wrong(null))],
  ["mentions is null; allowed", (context) => context.reply("x", { mentions: wrong(null) })],
  ['mentions is "string"; allowed', (context) => context.reply("x", { mentions: wrong(["ann"]) })],
  ["maxParts is null; allowed", (context) => context.reply("x", { maxParts: wrong(null) })],
  ["signal is {}; allowed: an AbortSignal", (context) => context.reply("x", { signal: wrong({}) })],
  ["question is undefined; allowed: a text", (context) => context.ask(wrong(undefined), arg.text())],
  // Before the question is sent, to which no answer would be read.
  ['argument is "undefined"; allowed: an argument', (context) => context.ask("x", wrong(undefined))],
  ["option of ask is null; allowed", (context) => context.ask("x", arg.text(), wrong(null))],
  ["attempts is 0; allowed", (context) => context.ask("x", arg.text(), { attempts: 0 })],
  ["filter is 5; allowed: a function", (context) => context.waitFor(wrong(5))],
  ["option of waitFor is null; allowed", (context) => context.waitFor(undefined, wrong(null))],
  ["timeoutMs is null; allowed", (context) => context.waitFor(undefined, { timeoutMs: wrong(null) })],
  ["from is null; allowed: a user", (context) => context.waitFor(undefined, { from: wrong(null) })],
  ['channel is "string"; allowed: a channel', (context) => context.collect({ channel: wrong("here") })],
  ["filter is null; allowed", (context) => context.collect({ filter: wrong(null) })],
  ["take is 1; allowed: true or false", (context) => context.collect({ take: wrong(1) })],
  ["option of collect name", (context) => context.collect(wrong({ limit: 5 }))],
  ["channel is null; allowed: a channel", (context) => context.permissionsIn(wrong(null))],
  ["name is undefined; allowed: a text", (context) => context.isInGroup(wrong(undefined))],
];

it("in handlers are refused before anything is sent, and reach the boundary", async () => {
  const caught: unknown[] = [];
  const { ann, bot } = await startBot((each) =>
    each
      .command("try", {
        args: { row: arg.integer() },
        run: async (context, { row }) => void (await inHandlers[row]?.[1](context, bot)),
      })
      .catch((error) => caught.push(error)),
  );
  for (const [row, [message]] of inHandlers.entries()) {
    expect(await ann.ask(`!try ${row}`), message).toBe("Something went wrong. The error has been reported.");
    expect(caught.at(-1), message).toEqual(refusal(message));
  }
  expect(ann.received).toHaveLength(inHandlers.length);
});
