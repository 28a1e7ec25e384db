// Posts what it receives over HTTP: POST /CHANNEL with "Authorization: Bearer SECRET" and a text.
// WEBHOOK_SECRET=… npm run example -- bots/webhook [HOST] [PORT] [HTTP_PORT]

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { AsterError, Client } from "@asterite/aster";
import { Bot, sendText } from "@asterite/commands";

const [host = "localhost", port = "2345", httpPort = "8080"] = process.argv.slice(2);
const { WEBHOOK_SECRET: secret = "" } = process.env;
if (secret.length < 16) throw new Error("WEBHOOK_SECRET: set a secret of at least 16 characters");
const client = new Client({ username: "webhook", password: "a long secret" });
const server = client.addServer(host, Number(port), { registerIfMissing: true });
const bot = new Bot(client);

const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
const expected = digest(`Bearer ${secret}`);
async function handle(request: IncomingMessage): Promise<number> {
  if (!timingSafeEqual(digest(request.headers.authorization ?? ""), expected)) return 401;
  const channel = server.getChannelByName(decodeURIComponent(request.url?.slice(1) ?? ""));
  if (request.method !== "POST" || !channel) return 404;
  if (!(Number(request.headers["content-length"]) <= 4_000)) return 413;
  await sendText(channel, await text(request));
  return 204;
}
const web = createServer((request, response) => {
  const end = (status: number) => response.writeHead(status, { connection: "close" }).end();
  handle(request).then(end, (error: unknown) => end(error instanceof AsterError ? 502 : 400));
});
web.listen(Number(httpPort), "127.0.0.1");

client.on("ready", ({ name }) => console.log(`Ready on ${name}, http://127.0.0.1:${httpPort}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.disconnect());
await bot.run();
web.close();
