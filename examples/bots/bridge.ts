// Copies the messages of users, but not of bots, between the channels CHANNEL of two servers, in both directions.
// npm run example -- bots/bridge [HOST] [PORT] [OTHER_HOST] [OTHER_PORT] [CHANNEL]

import { Client, type Server } from "@asterite/aster";
import { Bot, sanitizeLine, sendText } from "@asterite/commands";

const [host = "localhost", port = "2345", otherHost = "localhost", otherPort = "2346", channel = "general"] =
  process.argv.slice(2);
// Either server may be away, also at the start: copies wait for it up to ten minutes.
const client = new Client({
  username: "bridge",
  password: "a long secret",
  registerIfMissing: true,
  reconnect: { initial: true },
  sendRetryMs: 600_000,
});
const one = client.addServer(host, Number(port));
const two = client.addServer(otherHost, Number(otherPort));
const isBridged = (server: Server, uuid: number): boolean => server.getChannelByName(channel)?.uuid === uuid;

const bot = new Bot(client, {
  userRate: { burst: 50, everyMs: 200 },
  concurrencyPerUser: 1,
  maxQueuedPerUser: 50,
  maxMessageAgeMs: 600_000,
});
bot.hears(
  ({ server, channel: { uuid } }) => isBridged(server, uuid),
  async ({ server, author, message }) => {
    const target = (server === one ? two : one).getChannelByName(channel);
    if (!target) throw new Error(`no #${channel} is known on the other server`);
    await sendText(target, `${sanitizeLine(author.username, 40)}: ${message.content}`);
  },
);

client.on("error", (error) => console.error("could not copy a message:", error));
client.on("ready", ({ name }) => console.log(`Ready on ${name}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
