// Everything of a running `asterite up` in one back-up, and back again in another place.

import { appendFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonLine, launch, type PacketClient, parseJsonLine } from "@asterite/testkit";
import { expect, onTestFinished, test } from "vitest";
import { asterite, launcher, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { ask, firstChannel, openClient, registered, statusOf } from "../support/server.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** Starts everything on free ports. */
async function startUp(data: string, music: string) {
  const up = await launch({
    command: process.execPath,
    args: [
      ...[launcher, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
      ...["--data", data, "--music", music],
    ],
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  onTestFinished(async () => {
    await up.stop();
  });
  const ready = parseJsonLine(up.stdout.find(isReady) ?? "");
  return { up, port: Number(ready?.["port"]), fingerprint: ready?.["fingerprint256"] };
}

/** Every file and folder in a folder, and who may do what with it. */
async function modes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true });
  const pairs = ["", ...entries].map(async (path) => {
    const { mode } = await stat(join(folder, path));
    return [path, (mode & 0o777).toString(8)] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

const messages = async (client: PacketClient, channel: number): Promise<string[]> => {
  const { reply } = await ask(client, "history", { channel, num: 1000 });
  return (reply["data"] as { content: string }[]).map(({ content }) => content);
};

/** Says something to the bot and waits for words in its answer. */
async function askBot(client: PacketClient, channel: number, text: string, words: string): Promise<string> {
  client.send({ command: "send", content: text, channel });
  const { packet } = await client.until(
    (packet) =>
      packet.command === "content" && String(packet["content"]).includes(words) && packet["content"] !== text,
    { timeoutMs: 20_000 },
  );
  return String(packet["content"]);
}

const roomsOf = (data: string) =>
  readdir(join(data, "dj")).then((names) => names.filter((name) => /^room-.*\.json$/.test(name)));

test("a back-up of everything while people talk and music plays, and another place for it and the music", {
  timeout: 300_000,
}, async () => {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const music = join(folder, "music");
  // Inside the data folder, as in a container with one volume; it is no part of itself or of the next.
  const folderOfBackUp = join(data, "back-ups", "monday");
  const { up, port, fingerprint } = await startUp(data, music);
  const { client } = await registered(port, "ann");
  const channel = await firstChannel(client);
  await askBot(client, channel, "!play lanterns", "Lanterns");
  await expect.poll(() => roomsOf(data), { timeout: 10_000 }).toHaveLength(1);
  for (let count = 0; count < 100; count++) client.send({ command: "send", content: `${count}`, channel });

  const made = await asterite(["backup", folderOfBackUp, "--data", data]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toMatch(/^Backed up to .*monday: 5 files, \d+\.\d MB$/);
  const [room = ""] = await roomsOf(data);
  expect(await modes(folderOfBackUp)).toEqual({
    ...{ "": "700", dj: "700", "dj/password": "600", [`dj/${room}`]: "600", "aster.db": "600" },
    ...{ "certificate.pem": "600", "private-key.pem": "600", "asterite-backup.json": "600" },
  });
  const second = await asterite(["backup", `${folderOfBackUp}-2`, "--data", data, "--json"]);
  expect(JSON.parse(second.stdout).files).toHaveLength(5);
  const again = await asterite(["backup", folderOfBackUp, "--data", data]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });

  await ask(client, "send", { content: "after the back-up", channel });
  const overData = await asterite(["restore", folderOfBackUp, "--data", data]);
  expect(overData).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("holds data already; --replace"),
  });
  const whileRunning = await asterite(["restore", folderOfBackUp, "--data", data, "--replace"]);
  expect(whileRunning).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("in use by another process"),
  });
  expect(await messages(client, channel)).toContain("after the back-up");
  await up.stop();

  const other = join(folder, "elsewhere");
  const restored = await asterite(["restore", folderOfBackUp, "--data", other]);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toMatch(/^Restored .*monday to .*elsewhere: 5 files, \d+\.\d MB$/);
  const movedMusic = join(folder, "songs");
  await rename(music, movedMusic);
  const there = await startUp(other, movedMusic);
  expect(there.fingerprint).toBe(fingerprint);
  const ann = await openClient(there.port);
  expect(await statusOf(ann, "login", { uname: "ann", passwd: "secret" })).toBe(200);
  const said = await messages(ann, channel);
  expect(said).not.toContain("after the back-up");
  const numbers = said.filter((text) => /^\d+$/.test(text));
  expect(numbers).toEqual(numbers.map((_, index) => `${index}`));
  // The music folder has moved as well, and the queue plays on: a track that is not found stands still and is dropped.
  const place = async () => /\d+:\d\d of/.exec(await askBot(ann, channel, "!nowplaying", "Lanterns"))?.[0];
  const first = await place();
  expect(first).toBeDefined();
  await expect.poll(place, { timeout: 20_000, interval: 1_000 }).not.toBe(first);
  await there.up.stop();

  const back = await asterite(["restore", folderOfBackUp, "--data", data, "--replace"]);
  expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining("what was there before is ") });
  const [aside = ""] = (await readdir(data)).filter((name) => name.startsWith("before-restore-"));
  expect((await readdir(join(data, aside))).sort()).toEqual(["certificate.pem", "dj", "private-key.pem"]);
  const third = await startUp(data, movedMusic);
  const annAgain = await openClient(third.port);
  expect(await statusOf(annAgain, "login", { uname: "ann", passwd: "secret" })).toBe(200);
  expect(await messages(annAgain, channel)).not.toContain("after the back-up");
});

test("a back-up that is not as it was made is refused before anything changes", {
  timeout: 60_000,
}, async () => {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const server = await startServerProcess(["--data", data]);
  await server.process.stop();
  // What people keep there themselves belongs to it; what is only passing does not.
  await mkdir(join(data, "own"));
  await writeFile(join(data, "own", "config.json"), "{}");
  await symlink(join(data, "own", "config.json"), join(data, "link.json"));
  await symlink(data, join(data, "own", "circle"));
  await writeFile(join(data, "half.tmp"), "");
  const made = join(folder, "made");
  // Left by a run that was killed.
  await mkdir(`${made}.unfinished`);
  await writeFile(join(`${made}.unfinished`, "aster.db"), "half");
  const backedUp = JSON.parse((await asterite(["backup", made, "--data", data, "--json"])).stdout);
  const files = ["aster.db", "certificate.pem", "link.json", "own/config.json", "private-key.pem"];
  expect(backedUp.files.sort()).toEqual(files);
  expect(await readdir(folder)).toEqual(["data", "made"]);

  const refusal = async (): Promise<string> => {
    const other = join(folder, "other");
    const { code, stderr } = await asterite(["restore", made, "--data", other]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^\s+at /m);
    await expect(stat(join(other, "aster.db"))).rejects.toThrow("ENOENT");
    return stderr;
  };
  const database = await readFile(join(made, "aster.db"));
  await appendFile(join(made, "aster.db"), "x");
  expect(await refusal()).toContain("not as it was made: aster.db has changed");
  await writeFile(join(made, "aster.db"), database);
  await writeFile(join(made, "more"), "");
  expect(await refusal()).toContain("more does not belong to it");
  await rm(join(made, "more"));
  await rm(join(made, "private-key.pem"));
  expect(await refusal()).toContain("private-key.pem is missing");
  await writeFile(join(made, "asterite-backup.json"), "{}");
  expect(await refusal()).toContain("is broken, or of a newer Asterite");
  await rm(join(made, "asterite-backup.json"));
  expect(await refusal()).toContain("holds no back-up");
});

test("what cannot be backed up is told in words, and leaves nothing behind", async () => {
  const folder = await temporaryFolder();
  const none = await asterite(["backup", join(folder, "x"), "--data", join(folder, "none")]);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("does not exist") });
  const address = "postgres://localhost/x";
  const postgres = await asterite(["backup", join(folder, "x"), "--database", address]);
  expect(postgres).toMatchObject({ code: 1, stderr: expect.stringContaining("pg_dump") });
  await writeFile(join(folder, "file"), "");
  const below = await asterite(["backup", join(folder, "file", "x"), "--data", folder]);
  expect(below.code).toBe(1);
  expect(below.stderr).toMatch(/^asterite backup: \w+: /);
  expect(await readdir(folder)).toEqual(["file"]);
});
