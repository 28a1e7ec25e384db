// "!picture #ff8800" changes the profile picture of the bot, "!emoji NAME #ff8800" makes an emoji.
// npm run example -- bots/pictures [HOST] [PORT]

import { Client } from "@asterite/aster";
import { arg, Bot, hasPermission } from "@asterite/commands";
import { encodeSquare } from "./support/encode-square.ts";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "painter", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });

const colour = arg.custom({
  allowed: "a colour such as #ff8800",
  parse: (text) => (/^#[0-9a-f]{6}$/i.test(text) ? Number.parseInt(text.slice(1), 16) : undefined),
});
const bot = new Bot(client);
bot.command("picture", {
  description: "changes my profile picture",
  args: { colour },
  cooldown: { per: "server", everyMs: 2_000 },
  run: async ({ server }, { colour: rgb }) => {
    await server.account.setPicture(encodeSquare(rgb));
    return "How do I look?";
  },
});
bot.command("emoji", {
  description: "makes an emoji of one colour",
  args: { name: arg.word({ pattern: /\w{2,32}/, allowed: "2 to 32 letters or digits" }), colour },
  guards: [hasPermission("modify_icon_name", { on: "server" })],
  run: async ({ server }, { name, colour: rgb }) => {
    const uuid = await server.admin.createEmoji(name, encodeSquare(rgb));
    return `Made <:${server.host}:${server.port}:${uuid}:>`;
  },
});

client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
