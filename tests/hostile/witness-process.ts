// witness-process.ts PORT NAME PASSWORD: another user of the server. Pings it, sends messages and logs in again until
// its standard input ends, and then prints what it saw as JSON.

import { setTimeout as delay } from "node:timers/promises";
import { LineClient } from "@asterite/testkit";
import type { Sightings } from "./arena.ts";

const [port, uname, passwd] = process.argv.slice(2);
const patient = { timeoutMs: 120_000 };
const pingIntervalMs = 20;
const sendIntervalMs = 200;
const loginIntervalMs = 1000;
/** Time in which the last answers may arrive after the attack. */
const lastAnswersMs = 60_000;

async function logIn(): Promise<LineClient> {
  const options = { port: Number(port), insecure: true, localAddress: "127.0.0.2", ...patient };
  const client = await LineClient.connect(options);
  client.send({ command: "login", uname, passwd });
  const { packet } = await client.until(({ command }) => command === "login", patient);
  if (packet.status !== 200) throw new Error(`the login was answered with ${packet.status}`);
  return client;
}

const client = await logIn();
client.send({ command: "list_channels" });
const { packet } = await client.until(
  ({ command, data }) => command === "list_channels" && Array.isArray(data),
);
const [channel] = packet["data"] as { uuid: number }[];

const latencies = { ping: [] as number[], send: [] as number[] };
const askedAt = { ping: [] as number[], send: [] as number[] };
let refusals = 0;
/** Requests are sent at a steady rate, whether or not the last one was answered, as other people would. */
const ask = (command: "ping" | "send", fields: object = {}) => {
  askedAt[command].push(performance.now());
  client.send({ command, ...fields });
};
const timers = [
  setInterval(() => ask("ping"), pingIntervalMs),
  setInterval(() => ask("send", { channel: channel?.uuid, content: "still here" }), sendIntervalMs),
];

const isOver = Promise.withResolvers<void>();
process.stdin.resume().once("end", () => isOver.resolve());

let refusedLogins = 0;
async function keepLoggingIn(): Promise<void> {
  const over = isOver.promise.then(() => true);
  while (!(await Promise.race([over, delay(loginIntervalMs, false)]))) {
    await logIn().then(
      (next) => next.close(),
      () => refusedLogins++,
    );
  }
}

async function receive(): Promise<void> {
  for (;;) {
    const { packet: reply } = await client.until(
      ({ command, status }) => (command === "ping" || command === "send") && status !== undefined,
      patient,
    );
    const command = reply.command as "ping" | "send";
    latencies[command].push(performance.now() - (askedAt[command].shift() ?? 0));
    if (reply.status !== 200) refusals++;
  }
}

const lost = receive().catch((error: unknown) => error);
const logins = keepLoggingIn();
process.stdout.write("ready\n");
await Promise.race([isOver.promise, lost]);
for (const timer of timers) clearInterval(timer);
await Promise.race([logins, lost]);
const deadline = performance.now() + lastAnswersMs;
while (askedAt.ping.length + askedAt.send.length > 0 && performance.now() < deadline) {
  if (await Promise.race([lost, delay(5)])) break;
}
const sightings: Sightings = {
  pingMs: latencies.ping,
  sendMs: latencies.send,
  unanswered: askedAt.ping.length + askedAt.send.length,
  refusals,
  refusedLogins,
};
process.stdout.write(`${JSON.stringify(sightings)}\n`, () => process.exit());
