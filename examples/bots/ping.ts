// Replies "pong" to "!ping", and lists its commands with "!help".
// npm run example -- bots/ping [HOST] [PORT]

import { Client } from "@asterite/aster";
import { Bot } from "@asterite/commands";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "ping", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });

const bot = new Bot(client);
bot.command("ping", { description: "checks that the bot is there", run: () => "pong" });

client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
