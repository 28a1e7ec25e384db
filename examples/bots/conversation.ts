// "!pizza" takes an order in a conversation, "!vote QUESTION" counts the answers of all users for a while.
// npm run example -- bots/conversation [HOST] [PORT]

import { Client } from "@asterite/aster";
import { arg, Bot, quote } from "@asterite/commands";

const [host = "localhost", port = "2345"] = process.argv.slice(2);
const client = new Client({ username: "waiter", password: "a long secret" });
client.addServer(host, Number(port), { registerIfMissing: true });
const bot = new Bot(client);
bot.command("pizza", {
  description: "takes your order",
  run: async (context) => {
    const size = await context.ask("Small or large?", arg.choice(["small", "large"]));
    const count = await context.ask("How many?", arg.integer({ min: 1, max: 20 }));
    const isRight = await context.ask(`${count} ${size}: is that right?`, arg.boolean());
    return isRight ? "It's on its way." : "Then let's forget it.";
  },
});
bot.command("vote", {
  description: "counts the answers yes and no",
  args: { seconds: arg.integer({ min: 1, max: 300 }), question: arg.rest({ maxLength: 200 }) },
  cooldown: { per: "channel", everyMs: 10_000 },
  run: async (context, { seconds, question }) => {
    const votes = new Map<number, string>();
    const filter = ({ content }: { content: string }) => /^(?:yes|no)$/i.test(content);
    const answers = context.collect({ from: "anyone", filter, timeoutMs: 1_000 * seconds });
    await context.send(`${quote(question)}: yes or no? You have ${seconds} s.`);
    for await (const { author, content } of answers) votes.set(author.uuid, content.toLowerCase());
    const yes = [...votes.values()].filter((vote) => vote === "yes").length;
    return `yes ${yes}, no ${votes.size - yes}`;
  },
});
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
