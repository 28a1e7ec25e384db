import type { Channel, Client, Message, User } from "@asterite/aster";
import { describe, expectTypeOf, it } from "vitest";
import { arg, Bot, type Context, hasPermission, type Middleware } from "./index.ts";

declare const client: Client;

describe("arguments", () => {
  it("have the types of their values in the handler", () => {
    new Bot(client).command("all", {
      args: {
        text: arg.text(),
        count: arg.integer({ min: 1 }),
        ms: arg.duration(),
        isLoud: arg.boolean().default(false),
        mode: arg.choice(["off", "track"]),
        user: arg.user(),
        channel: arg.channel(),
        message: arg.message(),
        size: arg.number().optional(),
        limit: arg.integer().default(10),
        colour: arg.custom({
          allowed: "a colour",
          parse: async (text) => (text === "red" ? 0xff0000 : undefined),
        }),
        names: arg.word().many().default([]),
      },
      check: (context, { count, size }) => {
        expectTypeOf(context).toEqualTypeOf<Context>();
        expectTypeOf(count).toEqualTypeOf<number>();
        expectTypeOf(size).toEqualTypeOf<number | undefined>();
        return count > 1 || "Give more.";
      },
      run: (context, args) => {
        expectTypeOf(context).toEqualTypeOf<Context>();
        expectTypeOf(args.text).toEqualTypeOf<string>();
        expectTypeOf(args.count).toEqualTypeOf<number>();
        expectTypeOf(args.ms).toEqualTypeOf<number>();
        expectTypeOf(args.isLoud).toEqualTypeOf<boolean>();
        expectTypeOf(args.mode).toEqualTypeOf<"off" | "track">();
        expectTypeOf(args.user).toEqualTypeOf<User>();
        expectTypeOf(args.channel).toEqualTypeOf<Channel>();
        expectTypeOf(args.message).toEqualTypeOf<Message>();
        expectTypeOf(args.size).toEqualTypeOf<number | undefined>();
        expectTypeOf(args.limit).toEqualTypeOf<number>();
        expectTypeOf(args.colour).toEqualTypeOf<number>();
        expectTypeOf(args.names).toEqualTypeOf<readonly string[]>();
      },
    });
  });

  it("are the answers of questions", () => {
    new Bot(client).command("ask", async (context) => {
      expectTypeOf(await context.ask("Which?", arg.choice(["a", "b"]))).toEqualTypeOf<"a" | "b">();
      expectTypeOf(await context.waitFor()).toEqualTypeOf<Message>();
      for await (const message of context.collect()) expectTypeOf(message).toEqualTypeOf<Message>();
    });
  });

  it("are followed by a text, a message or nothing", () => {
    const bot = new Bot(client);
    bot.command("a", (context) => context.reply("a"));
    bot.command("b", async ({ isFun = true }: Context & { isFun?: boolean }) => (isFun ? "b" : undefined));
    bot.command("c", async () => {});
    bot.command("d", () => {}).hears("e", (context) => context.reply("e"));
  });

  it("reject unknown fields and values", () => {
    const bot = new Bot(client);
    // @ts-expect-error no such argument
    bot.command("x", { args: { a: arg.word() }, run: (_context, { b }) => b });
    // @ts-expect-error no such argument without any
    bot.command("x", { run: (_context, { b }) => b });
    // @ts-expect-error an argument is made by one of the functions of arg
    bot.command("x", { args: { a: String }, run: () => "" });
    // @ts-expect-error a result that is neither a text nor nothing would be lost
    bot.command("x", () => 42);
    // @ts-expect-error in a definition too
    bot.command("x", { run: async () => ({}) });
    // @ts-expect-error and in a handler of messages
    bot.hears("x", () => true);
    // @ts-expect-error a default of another type
    arg.integer().default("x");
    // @ts-expect-error no such choice
    arg.choice(["a", "b"]).default("c");
    // @ts-expect-error no such option
    arg.integer({ minimum: 5 });
    // @ts-expect-error no such permission
    hasPermission("fly");
    // @ts-expect-error no such option
    new Bot(client, { prefixes: "!" });
  });
});

describe("context members", () => {
  it("have the types that plugins add", () => {
    const withStore = <Ctx extends Context>(bot: Bot<Ctx>) =>
      bot.extend(() => ({ store: new Map<number, string>() }));
    const withLevel = <Ctx extends Context>(bot: Bot<Ctx>) =>
      bot.extend(({ author }) => ({ level: author.uuid }));
    const bot = new Bot(client).install(withStore).install(withLevel);
    bot.command("x", ({ store, level, reply }) => {
      expectTypeOf(store).toEqualTypeOf<Map<number, string>>();
      expectTypeOf(level).toEqualTypeOf<number>();
      expectTypeOf(reply).returns.resolves.toEqualTypeOf<Message>();
    });
    bot
      .group("g", { guards: [({ level }) => level > 3 || "Too low."] })
      .command("x", ({ level }) => level.toFixed());
    const log: Middleware<Context> = async ({ invocation }, next) => {
      expectTypeOf(invocation.commandName).toBeString();
      await next();
    };
    bot.use(log, ({ store }, next) => (store.size > 0 ? next() : undefined));
    bot.catch((error, { store }) => {
      expectTypeOf(error).toBeUnknown();
      expectTypeOf(store.size).toBeNumber();
    });
    // @ts-expect-error only the extended bot has the member
    new Bot(client).command("x", ({ store }) => store);
  });

  it("keep the bot's type when a plugin returns nothing", () => {
    const bot = new Bot(client);
    const plain = (each: Bot) => {
      each.command("x", () => "x");
    };
    expectTypeOf(bot.install(plain)).toEqualTypeOf<Bot>();
  });
});
