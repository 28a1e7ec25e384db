import { type Channel, Client, type Message, Server } from "@asterite/aster";
import type { AsterServer } from "@asterite/aster-server";
import { Bot, type BotOptions } from "@asterite/commands";
import { onTestFinished } from "vitest";
import { startServer } from "./server.ts";

/** A user of a test, connected to the bot's server. */
export interface TestUser {
  readonly server: Server;
  /** First channel. */
  readonly channel: Channel;
  /** Messages that others sent, in all channels. */
  readonly received: readonly Message[];
  /** Sends a message to the first channel. */
  say(content: string): Promise<Message>;
  /** Sends a message to the first channel and returns the text of the reply to it. */
  ask(content: string): Promise<string>;
  /** Waits for a message of another user with a text, or that matches. Earlier ones count too. */
  until(pattern: string | RegExp): Promise<Message>;
}

/** Connects a user, who is registered if necessary. The connection is closed after the test. */
export async function connectUser(port: number, username: string): Promise<TestUser> {
  const account = { username, password: "secret", registerIfMissing: true };
  const server = new Server("127.0.0.1", port, account);
  onTestFinished(() => server.disconnect());
  await server.connect();
  const [channel] = server.channels;
  if (!channel) throw new Error("no channel is visible");
  const received: Message[] = [];
  const waiting = new Set<() => void>();
  server.on("message", (message) => {
    if (message.author.uuid === server.selfUuid) return;
    received.push(message);
    for (const wake of waiting) wake();
  });
  const find = async (matches: (message: Message) => boolean): Promise<Message> => {
    for (;;) {
      const found = received.find(matches);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  return {
    server,
    channel,
    received,
    say: (content) => channel.send(content),
    async ask(content) {
      const { uuid } = await channel.send(content);
      return (await find(({ replyUuid }) => replyUuid === uuid)).content;
    },
    until: (pattern) =>
      find(({ content }) => (typeof pattern === "string" ? content === pattern : pattern.test(content))),
  };
}

/** A bot with its server and a user of it. */
export interface BotScene {
  readonly bot: Bot;
  readonly client: Client;
  readonly chat: AsterServer;
  readonly ann: TestUser;
  /** Errors that the client emitted. */
  readonly errors: readonly unknown[];
}

/**
 * Starts a server, a bot named `bot` with its own connection, and the user `ann`. All end with the test.
 *
 * @param addCommands - Adds the commands before the user connects.
 */
export async function startBot(addCommands: (bot: Bot) => void, options: BotOptions = {}): Promise<BotScene> {
  const chat = await startServer({ adminUser: { name: "root", password: "secret" } });
  const client = new Client({ username: "bot", password: "secret" });
  client.addServer("127.0.0.1", chat.port, { registerIfMissing: true });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  // Tests send more commands in a row than users do.
  const bot = new Bot(client, { userRate: { burst: 1_000, everyMs: 1 }, ...options });
  addCommands(bot);
  onTestFinished(async () => {
    await bot.close();
    await client.disconnect();
  });
  await client.connect();
  return { bot, client, chat, ann: await connectUser(chat.port, "ann"), errors };
}
