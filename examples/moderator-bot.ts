// Runs "!delete N", "!slow SECONDS" and "!topic TEXT", and reports missing permissions.
// npm run example -- moderator-bot [HOST] [PORT] [NAME] [PASSWORD]

import { Client, CommandError, ExtensionError, type Message } from "@asterite/aster";

const [host = "localhost", port = "2345", username = "moderator", password = "moderator"] =
  process.argv.slice(2);

type Command = (message: Message, words: readonly string[]) => Promise<string>;

const commands: Readonly<Record<string, Command>> = {
  delete: async (message, [count = "1"]) => {
    let deleted = 0;
    const before = message;
    for await (const old of message.channel.history({ before, limit: Math.min(Number(count) || 0, 100) })) {
      await old.delete();
      deleted++;
    }
    return `Deleted ${deleted}.`;
  },
  slow: async (message, [seconds = "0"]) => {
    await message.channel.edit({ slowSeconds: Number(seconds) || 0 });
    return `Slow mode: ${Number(seconds) || 0} seconds.`;
  },
  topic: async (message, words) => {
    await message.channel.setState("topic", words.join(" "));
    return "Topic set.";
  },
};

async function run(command: Command, message: Message, words: readonly string[]): Promise<string> {
  try {
    return await command(message, words);
  } catch (error) {
    if (error instanceof CommandError && error.status === 403)
      return "I don't have permission to do that here.";
    if (error instanceof ExtensionError) return `This server doesn't support ${error.extension}.`;
    throw error;
  }
}

const client = new Client({ username, password });
client.addServer(host, Number(port), { registerIfMissing: true });
client.on("message", async (message) => {
  const [name = "", ...words] = message.content.slice(1).split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (message.content.startsWith("!") && command) await message.reply(await run(command, message, words));
});
client.on("ready", (server) => console.log(`Moderating ${server.name}`));
client.on("error", (error) => console.error("command failed:", error));

process.once("SIGINT", () => client.disconnect());
process.once("SIGTERM", () => client.disconnect());
await client.run();
