// Prints the last five messages of the first channel, sends one, and prints the messages of the next two
// seconds.
// npm run example -- say TEXT [HOST] [PORT] [NAME] [PASSWORD] [FRAMING: lines or websocket]

import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@asterite/aster";

const [text, host = "localhost", port = "2345", username = "visitor", password = "visitor", framing] =
  process.argv.slice(2);
if (text === undefined) {
  console.error("Usage: npm run example -- say TEXT [HOST] [PORT] [NAME] [PASSWORD] [FRAMING]");
  process.exit(2);
}

await using client = new Client({ username, password });
const server = client.addServer(host, Number(port), {
  registerIfMissing: true,
  framing: framing === "websocket" ? "websocket" : "lines",
});
await client.connect();
const [channel] = server.channels;
if (!channel) throw new Error(`no channel on ${server.name} is visible to ${username}`);

for (const message of await channel.fetchHistory({ count: 5 })) {
  console.log(`${message.createdAt.toLocaleTimeString()}  ${message.author.username}: ${message.content}`);
}
client.on("message", ({ author, content }) => console.log(`now       ${author.username}: ${content}`));
await channel.send(text);
await delay(2000);
