// The bots in examples/bots, each as a process against real servers.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Permissions } from "@asterite/aster";
import {
  freePort,
  type LaunchedProcess,
  launch,
  launchNode,
  parseJsonLine,
  readyLine,
} from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asteriteExecutable, temporaryFolder } from "../support/asterite.ts";
import { connectUser, type TestUser } from "../support/commands-bot.ts";
import { startServer } from "../support/server.ts";
import { toneFile } from "../support/tone-file.ts";

/** Starts an example; it is stopped after the test. */
async function startExample(
  name: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
): Promise<LaunchedProcess> {
  const bot = await launchNode(`examples/bots/${name}.ts`, args.map(String), {
    readyWhen: /^Ready on/,
    timeoutMs: 30_000,
    env,
  });
  onTestFinished(async () => {
    expect((await bot.stop()).code).toBe(0);
  });
  return bot;
}

/** Starts a chat server, an example on it, and the users ann and root, an administrator. */
async function startScene(
  name: string,
  {
    args = [],
    env = {},
  }: { args?: readonly (string | number)[]; env?: Readonly<Record<string, string>> } = {},
) {
  const { port } = await startServer({ adminUser: { name: "root", password: "secret" } });
  const bot = await startExample(name, ["127.0.0.1", port, ...args], env);
  return { port, bot, ann: await connectUser(port, "ann"), root: await connectUser(port, "root") };
}

/** Gives an account all permissions. */
async function makeAdministrator({ server }: TestUser, name: string): Promise<void> {
  const account = [...server.peers.values()].find(({ username }) => username === name);
  const group = await server.createGroup("bots", { permissions: Permissions.all, colour: 0, position: 1 });
  await server.admin.setUserGroups(account?.uuid ?? 0, group === undefined ? [] : [group]);
}

it("ping", async () => {
  const { ann } = await startScene("ping");
  expect(await ann.ask("!ping")).toBe("pong");
  expect(await ann.ask("!help")).toContain("`!ping` – checks that the bot is there");
});

it("commands", async () => {
  const { ann } = await startScene("commands");
  expect(await ann.ask("!roll 20 3")).toMatch(/^\d+, \d+, \d+$/);
  expect(await ann.ask("!roll 1")).toContain("`sides` can't be `1`. Give a whole number from 2 to 100.");
  expect(await ann.ask('!choose "green tea"')).toBe("I'd take `green tea`.");
  expect(await ann.ask("!remind 100ms tea @root")).toBe("I'll remind you in 0.1 s.");
  await ann.until("@ann: tea @\u200broot");
});

it("moderation", async () => {
  const { ann, root } = await startScene("moderation");
  await makeAdministrator(root, "moderator");
  expect(await ann.ask("!clean 1")).toBe("You need the permission `manage_messages` in this channel.");
  await ann.say("rude");
  const deleted = ann.server.once("messageDelete");
  await root.say("!clean 1");
  expect((await deleted)[0].message?.content).toBe("rude");
  const changed = ann.server.once("channels");
  await root.say("!slow 30s");
  await changed;
  expect(ann.channel.slowSeconds).toBe(30);
  expect(await root.ask("!ban @ann")).toBe("Really ban ann?");
  await root.say("yes");
  await root.until("ann is banned.");
  await expect.poll(async () => (await root.server.admin.listBans()).length).toBe(1);
});

it("bridge", async () => {
  const [one, two] = [await startServer(), await startServer()];
  await startExample("bridge", ["127.0.0.1", one.port, "127.0.0.1", two.port]);
  const [ann, bob] = [await connectUser(one.port, "ann"), await connectUser(two.port, "bob")];
  await ann.say("hello @bob");
  await bob.until("ann: hello @\u200bbob");
  await bob.say("hi");
  await ann.until("bob: hi");
  expect([ann.received.length, bob.received.length]).toEqual([1, 1]);
});

it("bridge: copies each message once and in order when a server is restarted, or starts later", async () => {
  const { port: onePort } = await startServer();
  const database = join(await temporaryFolder(), "two.db");
  const { port, close } = await startServer({ database });
  await close({ graceMs: 0 });
  await startExample("bridge", ["127.0.0.1", onePort, "127.0.0.1", port]);
  const ann = await connectUser(onePort, "ann");
  // The bridge has never seen the other server, so it cannot know the channel.
  expect(await ann.ask("too early")).toBe("Something went wrong. The error has been reported.");
  let two = await startServer({ port, database });
  let bob = await connectUser(port, "bob");
  const bridgeOf = ({ server }: TestUser) =>
    [...server.peers.values()].find(({ username }) => username === "bridge");
  await expect
    .poll(() => bob.server.online.includes(bridgeOf(bob)?.uuid ?? 0), { timeout: 20_000 })
    .toBe(true);
  await bob.say("here");
  await ann.until("bob: here");
  for (const round of [1, 2]) {
    await bob.server.disconnect();
    await two.close({ graceMs: 0 });
    await ann.say(`${round}, first`);
    await ann.say(`${round}, second`);
    two = await startServer({ port, database });
    bob = await connectUser(port, "bob");
    const texts = async () => (await bob.channel.fetchHistory()).map(({ content }) => content);
    await expect.poll(async () => (await texts()).at(-1), { timeout: 30_000 }).toBe(`ann: ${round}, second`);
    const rounds = Array.from({ length: round }, (_, index) => index + 1);
    const copies = rounds.flatMap((each) => [`ann: ${each}, first`, `ann: ${each}, second`]);
    expect(await texts()).toEqual(["here", ...copies]);
  }
}, 90_000);

it("pictures", async () => {
  const { ann, root } = await startScene("pictures");
  await makeAdministrator(root, "painter");
  const changed = ann.server.once("userUpdate");
  expect(await ann.ask("!picture #ff8800")).toBe("How do I look?");
  expect(Buffer.from((await changed)[0].pfp).toString("latin1", 1, 4)).toBe("PNG");
  expect(await ann.ask("!picture red")).toContain("Give a colour such as #ff8800.");
  expect(await ann.ask("!emoji sun #ffff00")).toContain("`modify_icon_name`");
  expect(await root.ask("!emoji sun #ffff00")).toMatch(/^Made <:127\.0\.0\.1:\d+:\d+:>$/);
  expect((await ann.server.listEmojis()).map(({ name }) => name)).toEqual(["sun"]);
});

/** Starts an audio node as a process with a folder of music. */
async function startNodeProcess(
  folder: string,
): Promise<{ readonly process: LaunchedProcess; readonly url: string }> {
  const options = [
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--music",
    folder,
    "--set",
    "andesite.audio.threads=1",
  ];
  const child = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "node", ...options],
    env: { ASTERITE_NODE_PASSWORD: "open sesame" },
    readyWhen: readyLine,
    timeoutMs: 60_000,
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  return { process: child, url: `http://127.0.0.1:${ready?.["port"]}` };
}

it("music, through the death of a node", { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  for (const name of ["morning", "noon"]) await writeFile(join(folder, `${name}.wav`), toneFile(name, 180));
  const nodes = [await startNodeProcess(folder), await startNodeProcess(folder)];
  const env = { ANDESITE_PASSWORD: "open sesame" };
  const { ann } = await startScene("music", { args: nodes.map(({ url }) => url), env });
  expect(await ann.ask("!play morning")).toBe("Added `morning`.");
  expect(await ann.ask("!play noon")).toBe("Added `noon`.");
  expect(await ann.ask("!play evening")).toBe("There's no track `evening`.");
  /** Returns the position of the player on a node, in ms; undefined if it has none. */
  const positionOn = async (url: string): Promise<number | undefined> => {
    const headers = { "User-Id": "1", Authorization: "open sesame" };
    const response = await fetch(`${url}/player/1`, { headers }).catch(() => undefined);
    const player =
      response?.status === 200 ? ((await response.json()) as { position: number | null }) : undefined;
    return player?.position ?? undefined;
  };
  const findPlaying = async () => {
    const positions = await Promise.all(nodes.map(({ url }) => positionOn(url)));
    return positions.findIndex((position) => position !== undefined && position > 0);
  };
  await expect.poll(findPlaying, { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
  const killed = await findPlaying();
  nodes[killed]?.process.kill("SIGKILL");
  await expect.poll(findPlaying, { timeout: 60_000 }).toBe(1 - killed);
  expect(await ann.ask("!now")).toMatch(/^`morning` at /);
  expect(await ann.ask("!skip")).toBe("Now: `noon`");
});

it("custom-state, through a restart", async () => {
  const file = join(await temporaryFolder(), "todo.json");
  const { port, bot, ann } = await startScene("custom-state", { args: [file] });
  expect(await ann.ask("!todo")).toBe("The list is empty.");
  expect(await ann.ask("!add buy tea")).toBe("1. `buy tea`");
  await ann.ask("!add drink it");
  expect(await ann.ask("!done 1")).toBe("1. `drink it`");
  const published = async () => (await ann.channel.fetchState()).map(({ key, value }) => [key, value]);
  expect(await published()).toEqual([["todo", ["drink it"]]]);
  await bot.stop();
  await expect.poll(published).toEqual([]);
  await startExample("custom-state", ["127.0.0.1", port, file]);
  await expect.poll(published).toEqual([["todo", ["drink it"]]]);
});

it("conversation", async () => {
  const { ann, root } = await startScene("conversation");
  expect(await ann.ask("!pizza")).toBe("Small or large?");
  await ann.say("LARGE");
  await ann.until("How many?");
  await ann.say("2");
  await ann.until("2 large: is that right?");
  await ann.say("yes");
  await ann.until("It's on its way.");
  await ann.say("!vote 1 Tea?");
  await ann.until("`Tea?`: yes or no? You have 1 s.");
  await ann.say("yes");
  await root.say("no");
  await ann.say("no");
  await ann.until(/^yes 0, no [12]$/);
});

it("plugin", async () => {
  const { ann } = await startScene("plugin");
  expect(await ann.ask("!thanks root")).toBe("root has 1 now.");
  expect(await ann.ask("!points @root")).toBe("root: 1");
  expect(await ann.ask("!points")).toBe("ann: 0");
});

it("webhook", async () => {
  const httpPort = await freePort();
  const env = { WEBHOOK_SECRET: "a secret of the test" };
  const { ann } = await startScene("webhook", { args: [httpPort], env });
  const post = async (path: string, body: string, secret = env.WEBHOOK_SECRET): Promise<number> => {
    const headers = { Authorization: `Bearer ${secret}` };
    return (await fetch(`http://127.0.0.1:${httpPort}/${path}`, { method: "POST", headers, body })).status;
  };
  expect(await post("general", "built @ann")).toBe(204);
  await ann.until("built @\u200bann");
  expect(await post("general", "x", "wrong")).toBe(401);
  expect(await post("nowhere", "x")).toBe(404);
  expect(await post("general", "x".repeat(4_001))).toBe(413);
  expect(await post("general", "   ")).toBe(400);
  expect(await post("%", "x")).toBe(400);
  expect(ann.received).toHaveLength(1);
});
