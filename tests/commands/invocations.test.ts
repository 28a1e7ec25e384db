// Commands of bots that stay out of the channel: from the caller by way of the server to the bot, and back.

import { Client, type Message, Permissions } from "@asterite/aster";
import { invoke } from "@asterite/aster/invocations";
import { arg, Bot } from "@asterite/commands";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

const password = "a long secret";

async function join(port: number, username: string, options: object = {}): Promise<Client> {
  const client = new Client({ username, password });
  client.addServer("127.0.0.1", port, { registerIfMissing: true, ...options });
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

describe("an invocation", () => {
  it("reaches the bot without a message, and its answer reaches the caller alone", async () => {
    const server = await startServer({ adminUser: { name: "root", password } });
    const root = await join(server.port, "root");
    const robot = await join(server.port, "robot");
    const [ann, bob] = [await join(server.port, "ann"), await join(server.port, "bob")];
    const messages: Message[] = [];
    bob.on("message", (message) => messages.push(message));
    const packets: string[] = [];
    const legacy = await join(server.port, "legacy", { extensions: [] });
    for (const client of [bob, legacy]) client.on("packet", ({ command }) => packets.push(command));

    const bot = new Bot(robot, { userRate: { burst: 5, everyMs: 60_000 } });
    onTestFinished(() => bot.close());
    bot.command("echo", {
      args: { text: arg.rest() },
      run: ({ isPrivate }, { text }) => `${isPrivate ? "private" : "public"}: ${text}`,
    });
    bot.command("fail", { run: () => Promise.reject(new Error("broken")) });
    bot.catch(() => {});
    bot.command("choose", {
      run: async (context) => {
        const chosen = context.waitFor(({ content }) => /^\d+$/.test(content));
        await context.reply("Send a number.");
        await context.reply(`You chose ${(await chosen).content}.`);
      },
    });
    const channelOf = (client: Client) => {
      const channel = client.servers[0]?.channels[0];
      if (!channel) throw new Error("no channel");
      return channel;
    };
    const uuid = robot.servers[0]?.selfUuid ?? 0;
    const ask = async (client: Client, command: string, text = ""): Promise<string> => {
      const answered = Promise.withResolvers<string>();
      const [own] = client.servers;
      if (!own) throw new Error("no server");
      const stop = await invoke(own, {
        channel: channelOf(client),
        bot: uuid,
        command,
        arguments: text,
        onAnswer: answered.resolve,
      });
      return await answered.promise.finally(stop);
    };
    // A bot that does not accept invocations, or is offline.
    await expect(ask(ann, "echo", "x")).rejects.toMatchObject({ reason: "bot_unavailable" });
    await channelOf(robot).setState("commands", { v: 1, prefix: "!", commands: [], invoke: true });

    expect(await ask(ann, "echo", "a  b")).toBe("private: a  b");
    expect(await ask(ann, "nothing")).toContain("There's no command");
    expect(await ask(ann, "fail")).toContain("Something went wrong.");
    // A question of a command is answered by another invocation, and goes on where it was asked.
    const dialogue: string[] = [];
    const [annServer] = ann.servers;
    if (!annServer) throw new Error("no server");
    const invoked = { channel: channelOf(ann), bot: uuid, arguments: "" };
    const onAnswer = (content: string) => void dialogue.push(content);
    const stopDialogue = await invoke(annServer, { ...invoked, command: "choose", onAnswer });
    await expect.poll(() => dialogue).toEqual(["Send a number."]);
    const unanswered = (content: string) => void dialogue.push(`not asked: ${content}`);
    const stopNumber = await invoke(annServer, { ...invoked, command: "3", onAnswer: unanswered });
    await expect.poll(() => dialogue).toEqual(["Send a number.", "You chose 3."]);
    for (const stop of [stopDialogue, stopNumber]) stop();
    // Text commands still work.
    const { uuid: asked } = await channelOf(ann).send("!echo hi");
    await expect
      .poll(() => messages.find(({ replyUuid }) => replyUuid === asked)?.content)
      .toBe("public: hi");
    // The rate of the bot holds for both; its notice is private too.
    expect(await ask(ann, "echo", "1")).toBe("private: 1");
    expect(await ask(ann, "echo", "2")).toMatch(/too fast|slow/i);

    expect(messages.map(({ content }) => content)).toEqual(["!echo hi", "public: hi"]);
    expect(packets.filter((command) => command.startsWith("invocation"))).toEqual([]);

    // Permissions, limits and forged invocations.
    await expect(ask(bob, "echo", "x".repeat(4_001))).rejects.toMatchObject({
      reason: "too_long:arguments:4000",
    });
    const ownServer = bob.servers[0];
    await expect(
      ownServer?.command("answer_invocation", { invocation: "e30.x", content: "x" }),
    ).rejects.toMatchObject({ reason: "unknown:invocation" });
    const rootChannel = channelOf(root);
    const bobUuid = bob.servers[0]?.selfUuid;
    await rootChannel.edit({ overrides: { [`user:${bobUuid}`]: Permissions.of({ send_messages: "deny" }) } });
    await expect(ask(bob, "echo", "x")).rejects.toMatchObject({ reason: "permission:send_messages" });
    await rootChannel.edit({ overrides: { [`user:${bobUuid}`]: Permissions.of({ read_messages: "deny" }) } });
    await expect(ask(bob, "echo", "x")).rejects.toMatchObject({ reason: "unknown:channel" });

    await robot.disconnect();
    const invokeDirectly = () =>
      ann.servers[0]
        ?.command("invoke", { channel: channelOf(ann).uuid, bot: uuid, id: "1", name: "echo", arguments: "" })
        .catch((error: { readonly reason?: string }) => error.reason);
    await expect.poll(invokeDirectly).toBe("bot_unavailable");
  });
});
