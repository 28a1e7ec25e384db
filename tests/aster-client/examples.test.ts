// The examples dice-bot and moderator-bot, as processes against a real server.

import { launchNode } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { firstChannel, registered, startServer } from "../support/server.ts";

async function startExample(name: string, port: number): Promise<void> {
  const bot = await launchNode(`examples/${name}.ts`, ["127.0.0.1", String(port)], {
    readyWhen: /^(Connected|Moderating)/,
  });
  onTestFinished(async () => {
    await bot.stop();
  });
}

it("greets and rolls dice (dice-bot)", async () => {
  const { port } = await startServer();
  await startExample("dice-bot", port);
  const { client } = await registered(port, "visitor");
  await client.until(({ content }) => content === "Hello, visitor!");
  client.send({ command: "send", channel: await firstChannel(client), content: "!dice" });
  const { packet } = await client.until(({ command, reply }) => command === "content" && reply !== null);
  expect(packet["content"]).toMatch(/^[1-6]$/);
});

it("runs permitted commands and refuses others (moderator-bot)", async () => {
  const { port } = await startServer();
  await startExample("moderator-bot", port);
  const { client } = await registered(port, "visitor");
  const channel = await firstChannel(client);
  const ask = async (content: string): Promise<unknown> => {
    client.send({ command: "send", channel, content });
    const { packet } = await client.until(({ command, reply }) => command === "content" && reply !== null);
    return packet["content"];
  };
  expect(await ask("!delete 1")).toBe("Deleted 0.");
  expect(await ask("!slow 10")).toBe("I don't have permission to do that here.");
  expect(await ask("!topic the weather")).toBe("Topic set.");
  expect(await ask("!delete 100")).toBe("I don't have permission to do that here.");
});
