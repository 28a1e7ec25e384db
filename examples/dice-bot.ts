// Replies to "!dice" with a number and greets users who come online.
// npm run example -- dice-bot [HOST] [PORT] [NAME] [PASSWORD]

import { Client } from "@asterite/aster";

const [host = "localhost", port = "2345", username = "dice-bot", password = "dice-bot"] =
  process.argv.slice(2);

const client = new Client({ username, password });
const server = client.addServer(host, Number(port), { registerIfMissing: true });

client.on("message", async (message) => {
  if (message.author === server.self) return;
  if (message.content !== "!dice") return;
  await message.reply(String(1 + Math.floor(Math.random() * 6)));
});

client.on("presence", async ({ came }) => {
  const names = came.map((uuid) => server.getUser(uuid)?.username ?? "stranger");
  if (names.length > 0) await server.getChannelByName("general")?.send(`Hello, ${names.join(", ")}!`);
});

client.on("ready", () => console.log(`Connected to ${server.name}`));
client.on("error", (error) => console.error("handler failed:", error));

process.once("SIGINT", () => client.disconnect());
process.once("SIGTERM", () => client.disconnect());
await client.run();
