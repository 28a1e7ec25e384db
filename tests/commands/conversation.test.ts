// Conversations and limits of the bot framework against a real server.

import { Client } from "@asterite/aster";
import { arg, Bot, type Context, UserError } from "@asterite/commands";
import { FakeClock, FaultProxy, settled } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectUser, startBot } from "../support/commands-bot.ts";
import { startServer } from "../support/server.ts";

describe("conversations", () => {
  it("ask until the answer is right, and do not run commands in answers", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot
        .command("order", async (context) => {
          const count = await context.ask("How many?", arg.integer({ min: 1, max: 9 }));
          const toppings = await context.ask("With what?", arg.word().many(2));
          return `${count} with ${toppings.join(" and ")}`;
        })
        .command("ping", () => "pong"),
    );
    const bob = await connectUser(chat.port, "bob");
    await ann.say("!order");
    await ann.until("How many?");
    expect(await bob.ask("!ping")).toBe("pong");
    await bob.say("3");
    await ann.say("!ping");
    await ann.until("The answer can't be `!ping`. Give a whole number from 1 to 9. To stop, send `cancel`.");
    await ann.say("4");
    await ann.until("With what?");
    await ann.say("cheese ham");
    await ann.until("4 with cheese and ham");
    expect(await ann.ask("!ping")).toBe("pong");
  });

  it("take an answer that arrives together with the confirmation of the question", async () => {
    // Without TLS, what the proxy holds back arrives as one chunk.
    const chat = await startServer({ plainPort: 0 });
    const proxy = await FaultProxy.start({ port: chat.plainPort ?? 0 });
    const client = new Client({ username: "bot", password: "secret" });
    client.addServer("127.0.0.1", proxy.port, { registerIfMissing: true, tls: false });
    await using bot = new Bot(client);
    bot.command("age", (context) => {
      proxy.inject({ type: "stall", direction: "toClient" });
      return context.ask("Age?", arg.integer()).then((age) => `${age} years`);
    });
    onTestFinished(async () => {
      await client.disconnect();
      await proxy.close();
    });
    await client.connect();
    const ann = await connectUser(chat.port, "ann");
    await ann.say("!age");
    await ann.until("Age?");
    await ann.say("41");
    proxy.heal();
    await ann.until("41 years");
  });

  it("end with the word cancel, after too many wrong answers, and when time is up", async () => {
    const clock = new FakeClock();
    const { ann, errors } = await startBot(
      (bot) =>
        bot
          .command(
            "age",
            async (context) => `${await context.ask("Age?", arg.integer(), { attempts: 2 })} years`,
          )
          .catch(() => {}),
      { clock, waitTimeoutMs: 5_000 },
    );
    expect(await ann.ask("!age")).toBe("Age?");
    await ann.say(" Cancel ");
    await ann.until("Cancelled.");
    await ann.ask("!age");
    await ann.say("old");
    await ann.until(/Give a whole number\. To stop/);
    await ann.say("very old");
    await ann.until("The answer can't be `very old`. Give a whole number.");
    await ann.ask("!age");
    await clock.advance(4_999);
    expect(await settled(() => ann.received.length)).toBe(6);
    await clock.advance(1);
    await ann.until("You took too long to answer. Send the command again to start over.");
    await expect.poll(() => clock.pending).toBe(0);
    expect(errors).toEqual([]);
  });

  it("wait for other authors and channels, with a filter whose errors reach the command", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot
        .command("poll", async (context) => {
          const { author } = await context.waitFor(({ content }) => content === "me", {
            from: "anyone",
            channel: "anywhere",
          });
          return `it is ${author.username}`;
        })
        .command("broken", (context) =>
          context.waitFor(() => {
            throw new RangeError("filter");
          }),
        )
        .catch((error, context) => context.send(String(error))),
    );
    const root = await connectUser(chat.port, "root");
    await root.server.createChannel("second");
    await expect.poll(() => root.server.getChannelByName("second")).toBeDefined();
    const asked = ann.ask("!poll");
    await ann.say("not me");
    await expect
      .poll(async () => {
        await root.server.getChannelByName("second")?.send("me");
        return ann.received.some(({ content }) => content === "it is root");
      })
      .toBe(true);
    expect(await asked).toBe("it is root");
    await ann.say("!broken");
    await ann.say("x");
    await ann.until("RangeError: filter");
  });

  it("are bounded per user and channel", async () => {
    const { ann } = await startBot(
      (bot) =>
        bot.command("wait", async (context) => {
          await Promise.all([context.waitFor(), context.waitFor(), context.waitFor()]);
        }),
      { maxWaitsPerUser: 2 },
    );
    expect(await ann.ask("!wait")).toBe("Too many questions are open. Answer them first, or send `cancel`.");
  });

  it("end when the bot is closed, which waits for the commands", async () => {
    const ends: unknown[] = [];
    const { ann, bot, errors } = await startBot((each) =>
      each
        .command("wait", async (context) => {
          try {
            await context.waitFor();
          } catch (error) {
            ends.push(error);
            throw error;
          }
        })
        .command("collect", async (context) => {
          for await (const { content } of context.collect()) ends.push(content);
          ends.push(context.signal.aborted);
        }),
    );
    await ann.say("!collect");
    await ann.say("!wait");
    await expect.poll(() => ends.length).toBe(1);
    await bot.close();
    expect(ends).toHaveLength(3);
    expect(ends).toContain(true);
    expect(ends).toContainEqual(expect.objectContaining({ code: "BOT_CLOSED" }));
    expect(errors).toEqual([]);
    expect(await settled(() => ann.received.length)).toBe(0);
  });

  it("end with the connection to their server", async () => {
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    const { ann, client, errors } = await startBot((bot) =>
      bot.command("wait", async (context) => {
        const waited = context.waitFor();
        waited.catch((error: unknown) => ended.resolve(error));
        await context.reply("go on");
        started.resolve();
        await waited;
      }),
    );
    await ann.say("!wait");
    await started.promise;
    await client.disconnect();
    expect(await ended.promise).toMatchObject({ code: "BOT_CLOSED" });
    expect(await settled(() => errors.length)).toBe(0);
  });
});

describe("collectors", () => {
  it("collect messages of all authors with a filter, up to a number", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot.command("vote", async (context) => {
        const votes: string[] = [];
        const collected = context.collect({
          from: "anyone",
          count: 3,
          filter: ({ content }) => /^[ab]$/.test(content),
        });
        await context.reply("Vote!");
        for await (const { author, content } of collected) votes.push(`${author.username}:${content}`);
        return votes.join(" ");
      }),
    );
    const bob = await connectUser(chat.port, "bob");
    await ann.ask("!vote");
    await ann.say("a");
    await ann.say("c");
    await bob.say("b");
    await bob.say("a");
    await ann.until("ann:a bob:b bob:a");
  });

  it("end with their time, and with the loop", async () => {
    const clock = new FakeClock();
    const counts: number[] = [];
    const { ann } = await startBot(
      (bot) =>
        bot.command("count", async (context) => {
          const collected = context.collect({ timeoutMs: 1_000 });
          await context.reply("go");
          let count = 0;
          for await (const { content } of collected) {
            count++;
            if (content === "stop") break;
          }
          counts.push(count);
          return `counted ${count}`;
        }),
      { clock },
    );
    await ann.ask("!count");
    await ann.say("one");
    await ann.say("stop");
    await ann.until("counted 2");
    await ann.ask("!count");
    await clock.advance(1_000);
    await ann.until("counted 0");
    await expect.poll(() => clock.pending).toBe(0);
  });
});

describe("limits", () => {
  it("answer a cooldown with the remaining time, counted per user, channel or server", async () => {
    const clock = new FakeClock();
    const { ann, chat } = await startBot(
      (bot) =>
        bot
          .command("user", { cooldown: { everyMs: 90_000 }, run: () => "ok" })
          .command("channel", { cooldown: [{ per: "channel", everyMs: 5_000, burst: 2 }], run: () => "ok" })
          .command("checked", {
            args: { count: arg.integer() },
            cooldown: { everyMs: 1_000 },
            run: () => "ok",
          }),
      { clock },
    );
    const bob = await connectUser(chat.port, "bob");
    expect(await ann.ask("!user")).toBe("ok");
    expect(await ann.ask("!user")).toBe("You can use that again in 1 min 30 s.");
    expect(await bob.ask("!user")).toBe("ok");
    await clock.advance(89_500);
    expect(await ann.ask("!user")).toBe("You can use that again in 0.5 s.");
    await clock.advance(500);
    expect(await ann.ask("!user")).toBe("ok");
    expect([await ann.ask("!channel"), await bob.ask("!channel")]).toEqual(["ok", "ok"]);
    expect(await ann.ask("!channel")).toBe("This channel can use that again in 5 s.");
    // A wrong argument is no use.
    expect(await ann.ask("!checked x")).toContain("can't be `x`");
    expect(await ann.ask("!checked 1")).toBe("ok");
  });

  it("drop the commands of a user above the rate, and notify once", async () => {
    const clock = new FakeClock();
    let runs = 0;
    const { ann, chat } = await startBot((bot) => bot.command("count", () => void runs++), {
      clock,
      userRate: { burst: 3, everyMs: 1_000 },
    });
    const bob = await connectUser(chat.port, "bob");
    for (let turn = 0; turn < 8; turn++) await ann.say("!count");
    await ann.until("You're going too fast – try again in a moment.");
    await bob.say("!count");
    await expect.poll(() => runs).toBe(4);
    await clock.advance(1_000);
    await ann.say("!count");
    await expect.poll(() => runs).toBe(5);
    expect(ann.received.filter(({ author }) => author.username === "bot")).toHaveLength(1);
  });

  it.each([1, 2])(
    "run %i commands of a user at a time, and bound those that wait",
    async (concurrencyPerUser) => {
      const gates: (() => void)[] = [];
      const work = (_context: Context) => new Promise<void>((resolve) => gates.push(resolve));
      const { ann } = await startBot((bot) => bot.command("work", work), {
        concurrencyPerUser,
        maxQueuedPerUser: 2,
      });
      for (let turn = 0; turn < concurrencyPerUser + 2; turn++) await ann.say("!work");
      expect(await ann.ask("!work")).toBe("You're going too fast – try again in a moment.");
      expect(gates).toHaveLength(concurrencyPerUser);
      for (let turn = 0; turn < concurrencyPerUser + 2; turn++) {
        await expect.poll(() => gates.length).toBeGreaterThan(turn);
        gates[turn]?.();
      }
      await ann.say("!work");
      await expect.poll(() => gates.length).toBe(concurrencyPerUser + 3);
      gates.at(-1)?.();
    },
  );

  it("drop the replies and messages to a channel above the rate, without an error", async () => {
    const clock = new FakeClock();
    const dropped: unknown[] = [];
    const { ann, bot, chat, client, errors } = await startBot(
      (each) =>
        each
          .command("echo", { args: { text: arg.rest() }, run: (_context, { text }) => text })
          .command("fail", () => {
            throw new UserError("You can't.");
          })
          .command("many", async (context) => {
            for (const text of ["one", "two", "three"]) await context.reply(text);
          }),
      { clock, replyRate: { burst: 3, everyMs: 1_000 }, debug: (entry) => dropped.push(entry.event) },
    );
    await ann.ask("!many");
    await ann.until("three");
    for (const text of ["!echo four", "!fail", "!echo", "!many"]) await ann.say(text);
    await expect.poll(() => dropped.filter((event) => event === "reply-dropped")).toHaveLength(4);
    const root = await connectUser(chat.port, "root");
    await root.server.createChannel("other");
    await expect.poll(() => client.servers[0]?.channels).toHaveLength(2);
    const [home, other] = client.servers[0]?.channels ?? [];
    if (!home || !other) throw new Error("a channel is missing");
    await expect(bot.send(home, "news")).rejects.toMatchObject({ code: "REPLY_DROPPED" });
    // Each channel has its own budget.
    expect((await bot.send(other, "news")).channel).toBe(other);
    await clock.advance(1_000);
    expect((await bot.send(home, "@ann news")).content).toBe("@\u200bann news");
    await clock.advance(1_000);
    expect(await ann.ask("!echo five")).toBe("five");
    expect(ann.received.map(({ content }) => content)).toEqual([
      "one",
      "two",
      "three",
      "news",
      "@\u200bann news",
      "five",
    ]);
    expect(errors).toEqual([]);
  });

  it("stop a command that runs too long", async () => {
    const clock = new FakeClock();
    const reasons: unknown[] = [];
    const { ann, errors } = await startBot(
      (bot) =>
        bot.command("hang", (context) => {
          context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
          return context.reply("hanging").then(() => new Promise(() => {}));
        }),
      { clock, commandTimeoutMs: 60_000 },
    );
    await ann.ask("!hang");
    await clock.advance(60_000);
    await ann.until("That took too long and was stopped.");
    expect(reasons).toEqual([expect.objectContaining({ code: "COMMAND_TIMED_OUT" })]);
    await expect.poll(() => errors).toEqual(reasons);
  });

  it("end with the time for closing, even when a command does not", async () => {
    const clock = new FakeClock();
    const started = Promise.withResolvers<void>();
    const { ann, bot } = await startBot(
      (each) =>
        each.command("hang", () => {
          started.resolve();
          return new Promise(() => {});
        }),
      { clock, closeTimeoutMs: 2_000 },
    );
    await ann.say("!hang");
    await started.promise;
    let isClosed = false;
    const closed = bot.close().then(() => {
      isClosed = true;
    });
    await clock.advance(1_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;
    await ann.say("!hang");
    expect(await settled(() => ann.received.length)).toBe(0);
  });
});

it("writes a debug log without texts", async () => {
  const entries: unknown[] = [];
  const { ann } = await startBot(
    (bot) => bot.command("say", { args: { text: arg.rest() }, run: (_, { text }) => text }),
    {
      debug: (entry) => entries.push(entry),
    },
  );
  await ann.ask("!say secret");
  await expect.poll(() => entries.length).toBe(2);
  const details = { command: "say", channel: ann.channel.uuid, author: ann.server.selfUuid };
  expect(entries).toEqual([
    { source: "bot", event: "command-started", details },
    { source: "bot", event: "command-ended", details: { ...details, durationMs: expect.any(Number) } },
  ]);
});
