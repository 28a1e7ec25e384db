// What surrounds the commands of a bot, against a real server: guards, errors, middleware and plugins.

import { Permissions } from "@asterite/aster";
import { arg, type Bot, type Context, hasPermission, inGroup, UserError } from "@asterite/commands";
import { describe, expect, it } from "vitest";
import { connectUser, startBot } from "../support/commands-bot.ts";

describe("guards", () => {
  it("refuse with what is missing, and hide commands from the help", async () => {
    const { ann, chat } = await startBot((bot) => {
      bot.command("free", { description: "is for all users", run: () => "ok" });
      bot.command("ban", { guards: [hasPermission("ban_users", { on: "server" })], run: () => "ok" });
      bot.command("clean", {
        guards: [hasPermission("manage_messages")],
        aliases: ["purge"],
        run: () => "ok",
      });
      bot.command("play", { guards: [inGroup("DJs")], run: () => "ok" });
      bot.command("odd", {
        guards: [(context) => context.message.uuid > 0 || "No."],
        hidden: true,
        run: () => "ok",
      });
      bot.group("admin", { guards: [hasPermission("modify_groups")] }).command("stop", () => "ok");
    });
    const root = await connectUser(chat.port, "root");
    expect(await ann.ask("!ban")).toBe("You need the permission `ban_users` on this server.");
    expect(await ann.ask("!purge")).toBe("You need the permission `manage_messages` in this channel.");
    expect(await ann.ask("!play")).toBe("Only members of `DJs` can do that.");
    expect(await ann.ask("!admin stop")).toBe("You need the permission `modify_groups` in this channel.");
    expect(await ann.ask("!odd")).toBe("ok");
    const help =
      "`!help [command…]` – lists the commands, or describes one of them\n`!free` – is for all users";
    expect(await ann.ask("!help")).toBe(help);
    expect(await ann.ask("!help ban")).toContain("There's no command `ban`");
    expect(await ann.ask("!help admin stop")).toContain("There's no command");
    for (const command of ["!ban", "!clean", "!admin stop"]) expect(await root.ask(command)).toBe("ok");
    expect(await root.ask("!help")).toBe(`${help}\n\`!ban\`\n\`!clean\`\n\`!admin …\``);
    expect(await root.ask("!help !clean")).toBe("`!clean` (also `!purge`)");
  });

  it("of the arguments refuse without hiding the command, and do not count as a use", async () => {
    const owners = new Map([
      [1, "ann"],
      [2, "bob"],
    ]);
    const { ann } = await startBot((bot) =>
      bot.command("remove", {
        args: { number: arg.integer({ min: 1 }) },
        check: async ({ author }, { number }) =>
          owners.get(number) === author.username || `Number ${number} isn't yours.`,
        cooldown: { everyMs: 60_000 },
        run: (_context, { number }) => `Removed ${number}.`,
      }),
    );
    expect(await ann.ask("!help")).toContain("`!remove <number>`");
    expect(await ann.ask("!remove 2")).toBe("Number 2 isn't yours.");
    expect(await ann.ask("!remove 0")).toContain("Give a whole number of at least 1.");
    expect(await ann.ask("!remove 1")).toBe("Removed 1.");
    expect(await ann.ask("!remove 1")).toContain("You can use that again in");
  });

  it("of the arguments that return no promise run in the same turn as the command", async () => {
    let hasChanged = false;
    const { ann } = await startBot((bot) =>
      bot.command("take", {
        check: () => {
          queueMicrotask(() => {
            hasChanged = true;
          });
          return true;
        },
        run: () => String(hasChanged),
      }),
    );
    expect(await ann.ask("!take")).toBe("false");
  });

  it("respect the overrides of the channel", async () => {
    const { ann, chat } = await startBot((bot) =>
      bot.command("clean", { guards: [hasPermission("manage_messages")], run: () => "ok" }),
    );
    const root = await connectUser(chat.port, "root");
    const overrides = { [`user:${ann.server.selfUuid}`]: Permissions.of({ manage_messages: "allow" }) };
    const changed = ann.server.once("channels");
    await root.channel.edit({ overrides });
    await changed;
    expect(await ann.ask("!clean")).toBe("ok");
  });
});

describe("errors", () => {
  it("of users answer them, others reach the boundary and the user gets a plain sentence", async () => {
    const caught: [unknown, string][] = [];
    const failure = new TypeError("secret detail");
    const { ann, errors } = await startBot((bot) =>
      bot
        .command("user", () => Promise.reject(new UserError("Not on Sundays, @ann.")))
        .command("bug", () => Promise.reject(failure))
        .catch((error, { invocation }) => caught.push([error, invocation.commandName])),
    );
    expect(await ann.ask("!user")).toBe("Not on Sundays, @\u200bann.");
    expect(await ann.ask("!bug")).toBe("Something went wrong. The error has been reported.");
    expect(caught).toEqual([[failure, "bug"]]);
    expect(errors).toEqual([]);
  });

  it("reach the client's error event without a boundary, and those of a boundary too", async () => {
    const { ann, bot, errors } = await startBot((each) =>
      each.command("bug", () => {
        throw new RangeError("first");
      }),
    );
    await ann.ask("!bug");
    await expect.poll(() => errors).toEqual([new RangeError("first")]);
    bot.catch(() => {
      throw new RangeError("second");
    });
    await ann.ask("!bug");
    await expect.poll(() => errors).toHaveLength(2);
    expect(errors[1]).toMatchObject({
      code: "BOUNDARY_FAILED",
      message: "the error boundary failed: second; it received: first",
      cause: { errors: [new RangeError("first"), new RangeError("second")] },
    });
    // One that the boundary throws again is not its own.
    bot.catch((error) => {
      throw error;
    });
    await ann.ask("!bug");
    await expect.poll(() => errors).toHaveLength(3);
    expect(errors[2]).toEqual(new RangeError("first"));
  });

  it("of handlers whose result is neither a text nor nothing reach the boundary, with what is allowed", async () => {
    const caught: unknown[] = [];
    // As in JavaScript: the compiler refuses these results.
    const returning = (result: unknown) => (() => result) as () => undefined;
    const { ann } = await startBot((bot) =>
      bot
        .command("answer", returning(42))
        .hears("answer?", returning(Promise.resolve({})))
        .command("again", (context) => context.reply("again"))
        .command("nothing", returning(null))
        .catch((error) => caught.push(error)),
    );
    expect(await ann.ask("!answer")).toBe("Something went wrong. The error has been reported.");
    expect(await ann.ask("answer?")).toBe("Something went wrong. The error has been reported.");
    await ann.say("!nothing");
    expect(await ann.ask("!again")).toBe("again");
    const allowed = "allowed: a text, which is the reply, or nothing";
    expect(caught.map((error) => error instanceof Error && error.message)).toEqual([
      `result of the command answer is "number"; ${allowed}`,
      `result of a handler of hears is "object"; ${allowed}`,
    ]);
  });

  it("name what the server refused", async () => {
    const { ann } = await startBot((bot) =>
      bot
        .command("slow", (context) => context.channel.edit({ slowSeconds: 5 }))
        .command("gone", (context) => context.channel.send("x", { replyTo: 12345 }))
        .catch(() => {}),
    );
    expect(await ann.ask("!slow")).toBe("I need the permission `modify_channels` to do that here.");
    expect(await ann.ask("!gone")).toBe("That doesn't exist any more.");
  });
});

describe("middleware and plugins", () => {
  it("run around commands in their order, and decide whether they run", async () => {
    const steps: string[] = [];
    const { ann } = await startBot((bot) => {
      bot.use(async (_context, next) => {
        steps.push("in");
        await next();
        steps.push("out");
      });
      const group = bot
        .group("group")
        .use(({ message }, next) => (message.content.endsWith("no") ? undefined : next()));
      group.command("run", { args: { text: arg.text() }, run: () => (steps.push("run") > 0 ? "done" : "") });
    });
    expect(await ann.ask("!group run yes")).toBe("done");
    await ann.say("!group run no");
    await expect.poll(() => steps).toEqual(["in", "run", "out", "in", "out"]);
  });

  it("add commands and typed members of the context", async () => {
    const counter = <Ctx extends Context>(bot: Bot<Ctx>) => {
      let count = 0;
      const extended = bot.extend(() => ({
        get count() {
          return ++count;
        },
      }));
      return extended.command("count", (context) => String(context.count));
    };
    const { ann, errors } = await startBot((bot) => {
      bot.install(counter).command("twice", ({ count }) => String(2 * count));
      bot.install((each) => {
        each.command("plain", () => "plain");
      });
    });
    expect([await ann.ask("!count"), await ann.ask("!twice"), await ann.ask("!plain")]).toEqual([
      "1",
      "4",
      "plain",
    ]);
    expect(errors).toEqual([]);
  });

  it("cannot replace members of the context", async () => {
    const { ann, errors } = await startBot((bot) => {
      bot.extend(() => ({ reply: 1 })).command("x", () => "x");
    });
    expect(await ann.ask("!x")).toBe("Something went wrong. The error has been reported.");
    await expect.poll(() => errors).toHaveLength(1);
    expect(String(errors[0])).toContain('context member is "reply"');
  });
});
