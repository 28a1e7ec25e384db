// Startup of the bot.

import { readdir, writeFile } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { silentLogger, startDj } from "@asterite/dj";
import { LineClient } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { temporaryFolder } from "../support/asterite.ts";
import { startScriptedNode } from "../support/audio-node.ts";
import { join, quick, startBot } from "../support/dj.ts";
import { ask, startServer } from "../support/server.ts";

describe("startup", () => {
  it("waits until the server is reachable, and can be aborted", async () => {
    const node = await startScriptedNode();
    const options = {
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null }],
      ...quick,
    };
    const first = await startServer();
    const { port } = first;
    await first.close();
    const starting = startDj({
      ...options,
      server: { host: "127.0.0.1", port },
      folder: await temporaryFolder(),
    });
    await startServer({ port });
    const dj = await starting;
    const { client } = await join(port, "ann");
    // The bot has declared its account when it has started.
    const users = [...(client.servers[0]?.peers.values() ?? [])];
    expect(users.map(({ isBot }) => isBot).toSorted()).toEqual([false, true]);
    await dj.close();
    await dj.closed;
    const abort = new AbortController();
    const never = startDj({
      ...options,
      server: { host: "127.0.0.1", port: 1 },
      folder: await temporaryFolder(),
      signal: abort.signal,
    });
    abort.abort(new Error("enough"));
    await expect(never).rejects.toThrow("enough");
  });

  it("rejects with the reason when an option or account is invalid", async () => {
    const { port } = await startServer();
    await join(port, "dj");
    const folder = await temporaryFolder();
    const options = {
      server: { host: "127.0.0.1", port },
      account: { username: "dj", password: "wrong" },
      nodes: [{ url: "http://localhost:5000", password: null }],
      folder,
    };
    await expect(startDj(options)).rejects.toMatchObject({ name: "DjError", code: "SERVER_REFUSED" });
    await expect(startDj({ ...options, nodes: [] })).rejects.toThrow("Option nodes");
    await expect(startDj({ ...options, prefix: "a b" })).rejects.toThrow("Option prefix");
    await expect(startDj({ ...options, publishMs: -1 })).rejects.toThrow("Option publishMs is -1");
    await expect(startDj({ ...options, nodes: [{ url: "ftp://x", password: null }] })).rejects.toThrow(
      "nodes.0.url",
    );
    const file = joinPath(folder, "file");
    await writeFile(file, "");
    await expect(startDj({ ...options, folder: file })).rejects.toMatchObject({ code: "FOLDER_UNUSABLE" });
  });

  it("logs once which nodes cannot be used, with the reason, and when they can be again", async () => {
    const { port } = await startServer();
    const locked = await createNode({ http: { host: "127.0.0.1", port: 0 }, password: "right" });
    onTestFinished(() => locked.close({ graceMs: 0 }));
    const lockedUrl = `http://127.0.0.1:${locked.port}/`;
    const late = await startScriptedNode();
    await late.kill();
    const lines: (readonly [message: string, node: unknown, error: unknown])[] = [];
    const record = (fields: { readonly node?: unknown; readonly error?: unknown }, message: string) =>
      void lines.push([message, fields.node, fields.error]);
    const dj = await startDj({
      server: { host: "127.0.0.1", port },
      account: { username: "dj", password: "secret" },
      nodes: [
        { url: late.url, password: null },
        { url: lockedUrl, password: "wrong" },
      ],
      folder: await temporaryFolder(),
      ...quick,
      logger: { ...silentLogger, info: record, warn: record },
    });
    onTestFinished(() => dj.close());
    const about = (message: string) => lines.filter(([text]) => text === message);
    await expect.poll(() => about("audio node unreachable").length).toBe(2);
    expect(about("audio node unreachable").toSorted()).toEqual(
      [
        ["audio node unreachable", new URL(late.url).href, expect.stringContaining("ECONNREFUSED")],
        ["audio node unreachable", lockedUrl, expect.stringContaining("password is missing or wrong")],
      ].toSorted(),
    );
    await late.restart();
    await expect.poll(() => about("audio node reachable again"), { timeout: 20_000 }).toHaveLength(1);
    expect(about("audio node unreachable")).toHaveLength(2);
  });

  it("renames an unreadable saved queue, and starts with an empty one", async () => {
    const node = await startScriptedNode();
    const { ann, dj, folder, restartBot: again, guildId } = await startBot([node]);
    await ann.ask("!play track");
    await dj.close();
    const name = `room-${guildId}.json`;
    expect(await readdir(folder)).toEqual([name]);
    await writeFile(joinPath(folder, name), '{"v":1,');
    await again();
    expect(await ann.ask("!queue")).toContain("Nothing is playing");
    expect(await readdir(folder)).toContain(`${name}.unreadable`);
  });

  it("destroys the player of a deleted channel", async () => {
    const { server, admin } = await startAdministered();
    const node = await startScriptedNode();
    const folder = await temporaryFolder();
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port },
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null }],
      folder,
      ...quick,
    });
    onTestFinished(() => dj.close());
    const ann = await join(server.port, "ann");
    await ann.ask("!play track");
    const { uuid } = ann.channel;
    await expect.poll(() => node.scripted.player(String(uuid), String(dj.userUuid))).toBeDefined();
    await ask(admin, "delete_channel", { channel: uuid });
    await expect.poll(() => node.scripted.player(String(uuid), String(dj.userUuid))).toBeUndefined();
    await expect.poll(() => readdir(folder)).toEqual([]);
  });

  it("replies to clients without extensions", async () => {
    const node = await startScriptedNode();
    const { server, ann } = await startBot([node]);
    const old = await LineClient.connect({ port: server.port, insecure: true });
    onTestFinished(() => old.close());
    await ask(old, "register", { uname: "old", passwd: "secret" });
    old.send({ command: "send", channel: ann.channel.uuid, content: "!play track" });
    const { packet } = await old.until(({ content }) => String(content).startsWith("Playing"));
    expect(packet["content"]).toContain("`track`");
  });

  it("answers with the given texts of the framework", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], {
      texts: { didYouMean: (command) => `Meintest du \`${command}\`?` },
    });
    expect(await ann.ask("!stpo")).toBe("Meintest du `!stop`?");
  });
});
