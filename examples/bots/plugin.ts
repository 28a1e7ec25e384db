// A plugin that counts thanks: it adds a command, a member of the context, and a handler of messages.
// npm run example -- bots/plugin [HOST] [PORT]

import { Client } from "@asterite/aster";
import { arg, Bot, type Context } from "@asterite/commands";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "karma", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });

/** Plugin: points of accounts, as `context.points`. */
function points<Ctx extends Context>(bot: Bot<Ctx>) {
  const byUser = new Map<number, number>();
  const extended = bot.extend(() => ({
    points: {
      get: (uuid: number): number => byUser.get(uuid) ?? 0,
      add: (uuid: number): void => void byUser.set(uuid, (byUser.get(uuid) ?? 0) + 1),
    },
  }));
  return extended.command("points", {
    description: "shows the points of an account",
    args: { user: arg.user().optional() },
    run: (context, { user = context.author }) => `${user.username}: ${context.points.get(user.uuid)}`,
  });
}

const bot = new Bot(client).install(points);
bot.command("thanks", {
  args: { user: arg.user() },
  cooldown: { everyMs: 1_000 },
  run: (context, { user }) => {
    context.points.add(user.uuid);
    return `${user.username} has ${context.points.get(user.uuid)} now.`;
  },
});

client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
