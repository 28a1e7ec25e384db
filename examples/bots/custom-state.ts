// A list that the bot publishes as state of the channel, for clients to show, and keeps in FILE.
// npm run example -- bots/custom-state [HOST] [PORT] [FILE]

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Channel, Client } from "@asterite/aster";
import { arg, Bot, quote } from "@asterite/commands";

const [host = "localhost", port = "2345", file = "todo.json"] = process.argv.slice(2);
const client = new Client({ username: "todo", password: "a long secret" });
const server = client.addServer(host, Number(port), { registerIfMissing: true });
const lists: Record<string, string[]> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
async function publish(channel: Channel): Promise<string> {
  const items = lists[channel.uuid] ?? [];
  writeFileSync(file, JSON.stringify(lists));
  await channel.setState("todo", items);
  return items.map((item, index) => `${index + 1}. ${quote(item)}`).join("\n") || "The list is empty.";
}
const bot = new Bot(client);
bot.command("todo", ({ channel }) => publish(channel));
bot.command("add", {
  args: { item: arg.rest({ maxLength: 100 }) },
  run: ({ channel }, { item }) => {
    lists[channel.uuid] = [...(lists[channel.uuid] ?? []), item].slice(0, 50);
    return publish(channel);
  },
});
bot.command("done", {
  args: { number: arg.integer({ min: 1, max: 50 }) },
  run: ({ channel }, { number }) => {
    lists[channel.uuid]?.splice(number - 1, 1);
    return publish(channel);
  },
});

// State ends with the connection: publish it after each one.
client.on("ready", () => Promise.all(server.channels.filter(({ uuid }) => lists[uuid]).map(publish)));
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
