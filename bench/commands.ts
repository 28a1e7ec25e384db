// npm run bench -- commands [MESSAGES]: cost of messages that are no commands. The messages come from a real
// server; each figure is the median of five runs of the bot's listener after a warm-up run.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client, type Message, type ServerEvents } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { arg, Bot } from "@asterite/commands";

const messages = Number(process.argv[2] ?? 2_000_000);
const runs = 5;
setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Client that keeps the listeners of `message`, so that they can be called without a connection. */
class OpenClient extends Client {
  readonly listeners: ((message: Message) => unknown)[] = [];

  override on<Name extends keyof ServerEvents>(
    name: Name,
    listener: (...args: ServerEvents[Name]) => unknown,
  ): this {
    if (name === "message") this.listeners.push(listener as (message: Message) => unknown);
    return super.on(name, listener);
  }
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Measures a listener with a message. Returns the time in ns and the growth of the heap in bytes per message. */
function measure(listener: (message: Message) => unknown, message: Message) {
  const once = () => {
    collectGarbage();
    const heapBefore = process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    for (let count = 0; count < messages; count++) listener(message);
    const elapsedMs = performance.now() - startedAt;
    return {
      ns: (1e6 * elapsedMs) / messages,
      bytes: (process.memoryUsage().heapUsed - heapBefore) / messages,
    };
  };
  once();
  const results = Array.from({ length: runs }, once);
  return { ns: median(results.map(({ ns }) => ns)), bytes: median(results.map(({ bytes }) => bytes)) };
}

await using chat = await startAsterServer({
  host: "127.0.0.1",
  port: 0,
  database: ":memory:",
  passwords: { minLength: 1, allowCommon: true },
});
await using client = new OpenClient({ username: "bot", password: "secret" });
client.addServer("127.0.0.1", chat.port, { registerIfMissing: true });
await using user = new Client({ username: "ann", password: "secret" });
const home = user.addServer("127.0.0.1", chat.port, { registerIfMissing: true });
await using bot = new Bot(client);
for (let index = 0; index < 50; index++) {
  bot.command(`command${index}`, { args: { text: arg.rest() }, run: (_context, { text }) => text });
}
bot.command("wait", (context) => context.waitFor());
await Promise.all([client.connect(), user.connect()]);
const [listener] = client.listeners;
const [channel] = home.channels;
if (!listener || !channel) throw new Error("the bot has no listener, or the server no channel");

/** Sends a message as the user and returns it as the bot received it. */
async function receive(content: string): Promise<Message> {
  const received = client.once("message");
  await channel?.send(content);
  const [message] = await received;
  return message;
}

const plain = "The quick brown fox jumps over the lazy dog, and comes back later.";
const report = async (name: string, content: string): Promise<void> => {
  const { ns, bytes } = measure(listener, await receive(content));
  console.log(
    `${name.padEnd(36)} ${ns.toFixed(0).padStart(6)} ns ${Math.max(0, bytes).toFixed(1).padStart(8)} bytes`,
  );
};
await report("plain message", plain);
await report("mention of another account", `@ann ${plain}`);
await report("command of another bot", "!xyzzyx with text");
await receive("!wait");
await user.disconnect();
const other = new Client({ username: "bob", password: "secret" });
const second = other.addServer("127.0.0.1", chat.port, { registerIfMissing: true });
await other.connect();
const received = client.once("message");
await second.channels[0]?.send(plain);
const [fromOther] = await received;
const { ns, bytes } = measure(listener, fromOther);
console.log(
  `${"plain message beside an open wait".padEnd(36)} ${ns.toFixed(0).padStart(6)} ns ${Math.max(0, bytes).toFixed(1).padStart(8)} bytes`,
);
await other.disconnect();
