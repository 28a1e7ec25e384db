// Replies "pong" to every "ping".
// npm run example -- ping-bot [HOST] [PORT] [NAME] [PASSWORD] [FRAMING: lines or websocket]

import { Client } from "@asterite/aster";

const [host = "localhost", port = "2345", username = "ping-bot", password = "ping-bot", framing] =
  process.argv.slice(2);

const client = new Client({ username, password });
client.addServer(host, Number(port), {
  registerIfMissing: true,
  framing: framing === "websocket" ? "websocket" : "lines",
});
client.on("message", async (message) => {
  if (message.content === "ping") await message.reply("pong");
});
client.on("ready", (server) =>
  console.log(`Listening on ${server.name} as ${username}. Press Ctrl+C to stop.`),
);
client.on("status", (status, _server, error) => {
  if (error) console.log(`${error.message} (${status})`);
});
process.once("SIGINT", () => client.disconnect());
process.once("SIGTERM", () => client.disconnect());

await client.run();
