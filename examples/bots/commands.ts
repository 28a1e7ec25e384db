// Typed arguments, defaults, cooldowns: "!roll 20 3", "!choose tea coffee", "!remind 10m tea is ready".
// npm run example -- bots/commands [HOST] [PORT]

import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@asterite/aster";
import { arg, Bot, formatDuration, quote } from "@asterite/commands";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "helper", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });

const below = (limit: number) => Math.floor(Math.random() * limit);
const bot = new Bot(client, { commandTimeoutMs: 2 * 3_600_000 });
bot.command("roll", {
  description: "rolls dice",
  args: {
    sides: arg.integer({ min: 2, max: 100 }).default(6),
    count: arg.integer({ min: 1, max: 9 }).default(1),
  },
  run: (_context, { sides, count }) => Array.from({ length: count }, () => 1 + below(sides)).join(", "),
});
bot.command("choose", {
  description: "picks one of several words",
  args: { options: arg.text().many() },
  run: (_context, { options }) => `I'd take ${quote(options[below(options.length)] ?? "")}.`,
});
bot.command("remind", {
  description: "reminds you of something",
  args: { in: arg.duration({ minMs: 100, maxMs: 3_600_000 }), text: arg.rest({ maxLength: 200 }) },
  cooldown: { per: "user", burst: 3, everyMs: 10_000 },
  run: async (context, { in: delayMs, text }) => {
    await context.reply(`I'll remind you in ${formatDuration(delayMs)}.`);
    await sleep(delayMs, undefined, { signal: context.signal });
    await context.reply(`@${context.author.username}: ${text}`, { mentions: [context.author] });
  },
});
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
