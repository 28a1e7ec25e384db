import { launchNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "./support/asterite.ts";
import { ask, firstChannel, framings, openClient, registered, statusOf } from "./support/server.ts";

async function pingBot(port: number, framing: string) {
  const args = ["127.0.0.1", String(port), "ping-bot", "secret", framing];
  const bot = await launchNode("examples/ping-bot.ts", args, { readyWhen: /^Listening/, timeoutMs: 30_000 });
  onTestFinished(async () => {
    await bot.stop();
  });
  return bot;
}

describe.each(framings)("a bot over %s", (framing) => {
  // Starts three processes in sequence.
  it('answers "pong" and continues after a restart of the server, which keeps history', {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const server = await startServerProcess(["--data", data]);
    const bot = await pingBot(server.port, framing);
    const { client } = await registered(server.port, "visitor", framing);
    const channel = await firstChannel(client);
    client.send({ command: "send", content: "ping", channel });
    const { packet } = await client.until(({ content }) => content === "pong");
    const ping = client.packets.find(({ content }) => content === "ping");
    expect(packet["reply"]).toBe(ping?.["uuid"]);
    await server.process.stop();
    await bot.waitForLine(/connection lost/);

    await startServerProcess(["--data", data, "--port", String(server.port)]);
    await bot.waitForLine(() => bot.stdout.filter((line) => line.startsWith("Listening")).length === 2);
    const again = await openClient(server.port, framing);
    expect(await statusOf(again, "login", { uname: "visitor", passwd: "secret" })).toBe(200);
    const { reply } = await ask(again, "history", { channel, num: 100 });
    const contents = (reply["data"] as { content: string }[]).map(({ content }) => content);
    expect(contents).toEqual(["ping", "pong"]);
    again.send({ command: "send", content: "ping", channel });
    await again.until(({ content }) => content === "pong");
  });
});

// Three processes, one after the other.
it("prints what was said and says something, as the README shows", { timeout: 60_000 }, async () => {
  const server = await startServerProcess(["--data", await temporaryFolder()]);
  await pingBot(server.port, "lines");
  const say = await launchNode("examples/say.ts", ["ping", "127.0.0.1", String(server.port)]);
  expect(await say.exited).toEqual({ code: 0, signal: null });
  expect(say.stdout).toEqual([
    expect.stringMatching(/^now +visitor: ping$/),
    expect.stringMatching(/^now +ping-bot: pong$/),
  ]);
});
