// The bot framework against a real server: dispatch, arguments, help, replies.

import { Client, Permissions } from "@asterite/aster";
import { arg, Bot, hasPermission, inGroup } from "@asterite/commands";
import { settled } from "@asterite/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectUser, startBot } from "../support/commands-bot.ts";
import { startServer } from "../support/server.ts";

describe("dispatch", () => {
  it("runs commands by name, alias and mention, in any case, and leaves other messages alone", async () => {
    const { ann } = await startBot(
      (bot) => bot.command("ping", { aliases: ["p"], run: () => "pong" }).command("loud", () => "LOUD"),
      { prefix: ["!", "bot, "] },
    );
    for (const text of ["!ping", "!PING", "!p", "bot, ping", "@Bot ping"]) {
      expect(await ann.ask(text)).toBe("pong");
    }
    for (const text of ["ping", "! ping", "!other", "@bot", "@botping", "!constructor", "!"]) {
      await ann.say(text);
    }
    expect(await ann.ask("!loud")).toBe("LOUD");
    expect(ann.received).toHaveLength(6);
  });

  it("ignores its own messages and those of ignored accounts", async () => {
    const { ann, bot, client, chat } = await startBot((each) => each.command("echo", () => "!echo"), {
      ignore: ({ username }) => username === "robot",
    });
    const robot = await connectUser(chat.port, "robot");
    await robot.say("!echo");
    await client.servers[0]?.channels[0]?.send("!echo");
    expect(await ann.ask("!echo")).toBe("!echo");
    expect(await settled(() => ann.received.length)).toBe(3);
    expect(bot.client).toBe(client);
  });

  it("declares itself as a bot, and ignores other bots unless it is to answer them", async () => {
    const { ann, client, chat } = await startBot((bot) => bot.command("ping", () => "pong"));
    const other = await connectUser(chat.port, "other");
    const first = client.servers[0];
    await vi.waitFor(() => expect(first?.self?.isBot).toBe(true));
    const declared = ann.server.waitFor("userUpdate", { filter: ({ isBot }) => isBot });
    // This one is created when its client is connected.
    const otherClient = new Client({ username: "other", password: "secret" });
    otherClient.addServer("127.0.0.1", chat.port);
    onTestFinished(() => otherClient.disconnect());
    await otherClient.connect();
    await using tolerant = new Bot(otherClient, { answerBots: true });
    tolerant.command("pong", () => "PONG");
    expect((await declared)[0].uuid).toBe(other.server.selfUuid);
    await other.say("!ping");
    await first?.channels[0]?.send("!pong");
    await ann.until("PONG");
    await settled(() => ann.received.length);
    expect(ann.received.map(({ content }) => content)).toEqual(["!ping", "!pong", "PONG"]);
    expect(ann.server.self?.isBot).toBe(false);
  });

  it("leaves the account as it is if it is not to declare it, and handles its messages", async () => {
    const { client, chat } = await startBot((bot) => bot.command("ping", () => "pong"), {
      declareBot: false,
    });
    const bob = await connectUser(chat.port, "bob");
    expect(await bob.ask("!ping")).toBe("pong");
    expect(client.servers[0]?.self?.isBot).toBe(false);
  });

  it("suggests a name for a misspelled one, but none that the user may not run", async () => {
    const { ann } = await startBot((bot) =>
      bot
        .command("shutdown", { guards: [hasPermission("ban_users")], run: () => "off" })
        .command("volume", () => "loud"),
    );
    expect(await ann.ask("!volum")).toBe("Did you mean `!volume`?");
    await ann.say("!shutdwn");
    expect(await ann.ask("!vloume")).toBe("Did you mean `!volume`?");
    expect(ann.received).toHaveLength(2);
  });

  it("suggests nothing where another bot may understand the command, unless it is mentioned", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot.command("volume", () => "loud").command("stop", () => "off"),
    );
    // Too short to be certain.
    await ann.say("!top");
    expect(await ann.ask("!volum")).toBe("Did you mean `!volume`?");
    const other = await connectUser(chat.port, "radio");
    await other.server.account.setBot(true);
    await ann.say("!volum");
    expect(await ann.ask("!stop")).toBe("off");
    expect(await ann.ask("@bot volum")).toMatch(/^Did you mean `@\S*bot volume`\?$/);
    expect(ann.received).toHaveLength(3);
  });

  it("answers with the given texts, and with the English ones where none is given", async () => {
    const { ann } = await startBot(
      (bot) =>
        bot
          .command("würfel", {
            description: "würfelt",
            args: { seiten: arg.integer({ min: 2 }).describe("eine ganze Zahl ab 2") },
            guards: [inGroup("Spieler")],
            run: () => "6",
          })
          .command("add", { args: { seiten: arg.integer().describe("eine ganze Zahl") }, run: () => "ok" })
          .command("frage", async (context) => String(await context.ask("Wie alt?", arg.integer()))),
      {
        texts: {
          argumentMissing: (name, allowed) => `\`${name}\` fehlt. Gib ${allowed} an.`,
          argumentWrong: (_name, given, allowed) => `${given} geht nicht. Gib ${allowed} an.`,
          needsGroup: (groups) => `Nur für ${groups.join(", ")}.`,
          didYouMean: (command) => `Meintest du \`${command}\`?`,
          howToCancel: (word) => `Schluss mit \`${word}\`.`,
          cancelWord: "Abbruch",
          cancelled: "Abgebrochen.",
          helpDescription: "zeigt die Befehle",
          usage: (usage) => `Aufruf: \`${usage}\``,
        },
      },
    );
    expect(await ann.ask("!add")).toBe("`seiten` fehlt. Gib eine ganze Zahl an.\nAufruf: `!add <seiten>`");
    expect(await ann.ask("!add x")).toContain("`x` geht nicht. Gib eine ganze Zahl an.");
    expect(await ann.ask("!würfel 6")).toBe("Nur für `Spieler`.");
    expect(await ann.ask("!frgae")).toBe("Meintest du `!frage`?");
    expect(await ann.ask("!help")).toContain("zeigt die Befehle");
    expect(await ann.ask("!help nichts")).toBe("There's no command `nichts`. `!help` lists the commands.");
    expect(await ann.ask("!frage")).toBe("Wie alt?");
    await ann.say("alt");
    await ann.until(/Schluss mit `Abbruch`\.$/);
    await ann.say("abbruch");
    await ann.until("Abgebrochen.");
  });

  it.each([
    [{ tooSlow: "x" }, "texts name"],
    [{ tooFast: () => "x" }, "texts.tooFast"],
    [{ didYouMean: "x" }, "texts.didYouMean"],
  ])("refuses the texts %j", async (texts, message) => {
    const client = new Client({ username: "bot", password: "secret" });
    expect(() => new Bot(client, { texts: texts as object })).toThrow(message);
    await client.disconnect();
  });

  it("has a prefix per server, and treats each server on its own", async () => {
    const [one, two] = [await startServer(), await startServer()];
    const client = new Client({ username: "bot", password: "secret" });
    for (const { port } of [one, two]) client.addServer("127.0.0.1", port, { registerIfMissing: true });
    onTestFinished(() => client.disconnect());
    await using bot = new Bot(client, { prefix: ({ port }) => (port === one.port ? "!" : ["?", "%"]) });
    bot.command("ping", { cooldown: { per: "server", everyMs: 60_000 }, run: () => "pong" });
    await client.connect();
    const [ann, bob] = [await connectUser(one.port, "ann"), await connectUser(two.port, "bob")];
    await bob.say("!ping");
    expect(await ann.ask("!ping")).toBe("pong");
    expect(await bob.ask("?ping")).toBe("pong");
    expect(await bob.ask("%ping")).toMatch(/^This server can use that again in (?:59|60) s\.|1 min/);
    expect(bob.received).toHaveLength(2);
  });

  it("answers groups of commands with their list", async () => {
    const { ann } = await startBot((bot) => {
      const queue = bot.group("queue", { description: "changes the queue", aliases: ["q"] });
      queue.command("add", {
        description: "adds a track",
        args: { title: arg.rest() },
        run: (_, { title }) => title,
      });
      queue.group("loop").command("off", () => "loop is off");
    });
    expect(await ann.ask("!queue add  a  title ")).toBe("a  title");
    expect(await ann.ask("!Q LOOP OFF")).toBe("loop is off");
    const list = "`!queue add <title…>` – adds a track\n`!queue loop …`";
    expect(await ann.ask("!queue")).toBe(list);
    expect(await ann.ask("!queue remove 1")).toBe(`\`!queue\` has no \`remove\`.\n${list}`);
    expect(await ann.ask("!help queue")).toBe(list);
  });

  it("handles messages without a command by their text", async () => {
    const { ann } = await startBot((bot) =>
      bot
        .hears("good bot", () => "thanks")
        .hears(/\bcoffee\b/g, ({ reply }) => typeof reply)
        .hears(
          ({ content }) => content.endsWith("?!"),
          (context) => context.send("indeed"),
        ),
    );
    expect(await ann.ask("Good Bot")).toBe("thanks");
    for (let turn = 0; turn < 2; turn++) expect(await ann.ask("more coffee please")).toBe("function");
    await ann.say("really?!");
    expect((await ann.until("indeed")).replyUuid).toBeUndefined();
  });
});

describe("arguments", () => {
  it("are typed values, and wrong ones are answered with the argument, the text, the choice and the usage", async () => {
    const { ann } = await startBot((bot) =>
      bot.command("timer", {
        args: {
          in: arg.duration({ minMs: 1_000, maxMs: 3_600_000 }),
          times: arg.integer({ min: 1, max: 6 }).default(1),
          mode: arg.choice(["Loud", "quiet"]).optional(),
        },
        run: (_context, values) => JSON.stringify(values),
      }),
    );
    const usage = "\nUsage: `!timer <in> [times] [mode]`";
    expect(await ann.ask("!timer 1m30s")).toBe('{"in":90000,"times":1}');
    expect(await ann.ask("!timer 2m 3 LOUD")).toBe('{"in":120000,"times":3,"mode":"Loud"}');
    expect(await ann.ask("!timer")).toBe(
      `\`in\` is missing. Give a duration from 1 s to 1 h, such as 45s or 1h30m.${usage}`,
    );
    expect(await ann.ask("!timer 5m 7")).toBe(
      `\`times\` can't be \`7\`. Give a whole number from 1 to 6.${usage}`,
    );
    expect(await ann.ask("!timer 5m 2 @here")).toBe(
      `\`mode\` can't be \`@\u200bhere\`. Give Loud or quiet.${usage}`,
    );
    expect(await ann.ask("!timer 5m 2 loud x")).toBe(`\`x\` is one argument too many.${usage}`);
    expect(await ann.ask('!timer "5m')).toContain("is not closed");
  });

  it("find accounts, channels and messages, but reveal no hidden ones", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot
        .command("who", { args: { user: arg.user() }, run: (_, { user }) => `is ${user.username}` })
        .command("where", { args: { channel: arg.channel() }, run: (_, { channel }) => `is ${channel.name}` })
        .command("what", {
          args: { message: arg.message() },
          run: (_, { message }) => `is ${message.content}`,
        }),
    );
    const root = await connectUser(chat.port, "root");
    await connectUser(chat.port, "Bob Two");
    const uuid = ann.server.selfUuid;
    for (const text of ["@ann", "ANN", String(uuid), '"@ann"'])
      expect(await ann.ask(`!who ${text}`)).toBe("is ann");
    expect(await ann.ask('!who "bob two"')).toBe("is Bob Two");
    expect(await ann.ask("!who nobody")).toContain("There's no account `nobody`");

    const botUuid = (await ann.until(/There's no account/)).author.uuid;
    const overrides = {
      [`user:${uuid}`]: Permissions.of({ view_channel: "deny", read_messages: "deny" }),
      [`user:${botUuid}`]: Permissions.of({ view_channel: "allow", read_messages: "allow" }),
    };
    await root.server.createChannel("secret", { overrides });
    await expect.poll(() => root.server.getChannelByName("secret")).toBeDefined();
    const secret = root.server.getChannelByName("secret");
    const hidden = await secret?.send("the plan");
    expect(await ann.ask("!where #general")).toBe("is general");
    expect(await ann.ask("!where secret")).toContain("There's no channel `secret` that you can use");
    expect(await root.ask("!where SECRET")).toBe("is secret");
    expect(await ann.ask(`!where ${secret?.uuid}`)).toContain("There's no channel");
    const said = await ann.say("hello");
    expect(await ann.ask(`!what ${said.uuid}`)).toBe("is hello");
    expect(await ann.ask(`!what ${hidden?.uuid}`)).toContain(
      `There's no message ${hidden?.uuid} that you can read`,
    );
    expect(await root.ask(`!what ${hidden?.uuid}`)).toBe("is the plan");
    expect(await ann.ask("!what 99")).toContain("There's no message 99");
  });
});

describe("replies", () => {
  it("mention only accounts that they allow", async () => {
    const { ann } = await startBot((bot) =>
      bot
        .command("echo", { args: { text: arg.rest() }, run: (_, { text }) => text })
        .command("hail", (context) => context.reply("@ann and @bob", { mentions: [context.author] }))
        .command("all", (context) => context.reply("@ann and @bob", { mentions: true })),
    );
    expect(await ann.ask("!echo @bob look")).toBe("@\u200bbob look");
    expect(await ann.ask("!hail")).toBe("@ann and @\u200bbob");
    expect(await ann.ask("!all")).toBe("@ann and @bob");
  });

  it("are split at the limit of the server, and refused when they need too many messages", async () => {
    const { ann, errors } = await startBot((bot) =>
      bot.command("long", { args: { count: arg.integer() }, run: (_, { count }) => "line\n".repeat(count) }),
    );
    const first = await ann.ask("!long 3000");
    await expect.poll(() => ann.received.length).toBe(2);
    expect(first.length).toBeGreaterThan(8_000);
    expect(`${first}\n${ann.received[1]?.content}`).toBe("line\n".repeat(3_000));
    expect(ann.received[1]?.replyUuid).toBeUndefined();
    expect(await ann.ask("!long 100000")).toBe("Something went wrong. The error has been reported.");
    await expect.poll(() => errors).toEqual([expect.objectContaining({ code: "TEXT_TOO_LONG" })]);
  });

  it("show that the bot is typing while it works", async () => {
    const gate = Promise.withResolvers<string>();
    const { ann } = await startBot((bot) =>
      bot.command("work", (context) => context.withTyping(() => gate.promise)),
    );
    const typing = ann.server.once("typing");
    const answer = ann.ask("!work");
    expect((await typing)[0].user.username).toBe("bot");
    gate.resolve("worked");
    expect(await answer).toBe("worked");
  });
});
