// "!clean 20", "!slow 30s" and "!ban @ann", for users who have the permission themselves.
// npm run example -- bots/moderation [HOST] [PORT]

import { Client } from "@asterite/aster";
import { arg, Bot, hasPermission } from "@asterite/commands";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "moderator", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });
const bot = new Bot(client);
bot.command("clean", {
  description: "deletes the newest messages of this channel",
  args: { count: arg.integer({ min: 1, max: 100 }) },
  guards: [hasPermission("manage_messages")],
  run: async ({ channel, message }, { count }) => {
    for await (const old of channel.history({ before: message, limit: count })) await old.delete();
  },
});
bot.command("slow", {
  description: "sets the slow mode of this channel; 0s turns it off",
  args: { interval: arg.duration({ maxMs: 3_600_000 }) },
  guards: [hasPermission("modify_channels")],
  run: ({ channel }, { interval }) => channel.edit({ slowSeconds: Math.round(interval / 1_000) }),
});
bot.command("ban", {
  description: "bans an account",
  args: { user: arg.user() },
  guards: [hasPermission("ban_users", { on: "server" })],
  run: async (context, { user }) => {
    const isSure = await context.ask(`Really ban ${user.username}?`, arg.boolean());
    if (!isSure) return "Not banned.";
    await context.server.admin.banUser(user.uuid);
    return `${user.username} is banned.`;
  },
});
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
