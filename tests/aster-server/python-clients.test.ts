// asterpy is a library in Python. Releases up to 0.5 refuse every API version but 0.x.x, later ones every one but 1.x.x.

import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { delimiter } from "node:path";
import { launch } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, firstChannel, openClient, registered, startServer } from "../support/server.ts";

/** Connects without TLS, sends each text in a segment of its own, and returns the first lines received. */
async function firstLines(port: number, texts: readonly string[], count: number): Promise<string[]> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  for (const text of texts) {
    socket.write(text);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const lines = (): string[] => received.split("\n").slice(0, -1);
  await expect.poll(() => lines().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
  return lines().slice(0, count);
}

const commandOf = (line: string | undefined): unknown => JSON.parse(line ?? "{}").command;

describe("the API version", () => {
  const python = '{"command": "ping"}\n';
  const compact = '{"command":"ping"}\n';

  it.each([
    ["a client in Python", [python], ["ping"]],
    ["a client in Python whose first line arrives byte by byte", [...python], ["ping"]],
    ["another client", [compact], ["API_version", "ping"]],
    ["another client whose first line arrives byte by byte", [...compact], ["API_version", "ping"]],
    ["a client whose first field is another one", ['{"x": 1, "command": "ping"}\n'], ["API_version", "ping"]],
  ])("is decided for %s", async (_name, texts, commands) => {
    const { port } = await startServer({ tls: "insecure-plaintext" });
    const lines = await firstLines(port, texts, commands.length);
    expect(lines.map(commandOf)).toEqual(commands);
    if (commands.length > 1) expect(JSON.parse(lines[0] ?? "")["version"]).toEqual([1, 0, 0]);
  });

  it("is sent to every client if it is fixed", async () => {
    const { port } = await startServer({ tls: "insecure-plaintext", apiVersion: [0, 2, 0] });
    const lines = await firstLines(port, [python], 2);
    expect(JSON.parse(lines[0] ?? "")).toEqual({ command: "API_version", version: [0, 2, 0], status: 200 });
  });

  it("is sent before the reply to an unfinished line", async () => {
    const { port } = await startServer({ tls: "insecure-plaintext" });
    const socket = connect({ port, host: "127.0.0.1" });
    onTestFinished(() => void socket.destroy());
    socket.end('{"comm');
    let received = "";
    for await (const text of socket.setEncoding("utf8")) received += text;
    expect(received.split("\n").slice(0, -1).map(commandOf)).toEqual(["API_version", "unknown"]);
  });
});

/** Interpreters with a release of asterpy each: `ASTERPY_PYTHON=venv-0.4/bin/python:venv-0.6/bin/python`. */
const pythons = (process.env["ASTERPY_PYTHON"] ?? "python3").split(delimiter);
const versionOf = (python: string): string =>
  spawnSync(python, ["-c", "from importlib.metadata import version; print(version('asterpy'))"], {
    encoding: "utf8",
  }).stdout?.trim() ?? "";
const releases = pythons
  .map((python) => ({ python, version: versionOf(python) }))
  .filter(({ version }) => version);

const bot = `
import asterpy, asterpy.server, base64, os
# Release 0.4.0 uses this module without importing it.
asterpy.server.base64 = base64
client = asterpy.Client("bot", "secret")
client.add_server("127.0.0.1", int(os.environ["PORT"]))
@client.event
async def on_ready():
    print("ready", flush=True)
@client.event
async def on_message(message):
    if message.content == "!ping":
        await message.channel.send("pong")
client.run()
`;

// A peer from another registry is optional, in CI too: without it there is no test of it.
if (releases.length > 0) {
  it.each(releases)("serves a bot that uses asterpy $version", { timeout: 60_000 }, async ({ python }) => {
    const { port } = await startServer();
    await registered(port, "bot");
    const { client: ann } = await registered(port, "ann");
    const process = await launch({
      command: python,
      args: ["-c", bot],
      env: { PORT: String(port) },
      readyWhen: /^ready$/,
    });
    onTestFinished(async () => {
      await process.stop();
    });
    const channel = await firstChannel(ann);
    await ask(ann, "send", { content: "!ping", channel });
    const { packet } = await ann.until(({ command, content }) => command === "content" && content === "pong");
    expect(packet).toMatchObject({ content: "pong", channel_uuid: channel });
    const reader = await openClient(port);
    expect((await ask(reader, "ping")).reply.status).toBe(200);
  });
} else {
  process.stdout.write("asterpy is not installed (pip install asterpy): its own client is not tried\n");
}
