import { Permissions } from "@asterite/aster";
import type { Control } from "@asterite/dj";
import { describe, expect, it } from "vitest";
import { startScriptedNode } from "../support/audio-node.ts";
import { type ChatUser, join, startBot } from "../support/dj.ts";

/** Permission sets with `manage_messages`, the eighth permission, allowed and denied. */
const allowed = Permissions.fromBytes([0, 0b0100_0000, 0]);
const denied = Permissions.fromBytes([0, 0b1000_0000, 0]);

/** Users of the table; `ann` is the administrator of the server. */
interface Users {
  readonly ann: ChatUser;
  /** Requested the current track, `one`, and the first one in the queue, `two`. */
  readonly bob: ChatUser;
  /** Requested the second one in the queue, `three`. */
  readonly carol: ChatUser;
  /** Member of the group `djs`. */
  readonly dora: ChatUser;
  /** Member of the group `moderators`, which has `manage_messages`. */
  readonly moderator: ChatUser;
}

/** Starts a bot and queues `one` and `two` of bob and `three` of carol. */
async function startTable(control: Control): Promise<Users> {
  const node = await startScriptedNode();
  const { server, ann } = await startBot([node], { control });
  const [bob, carol, dora, moderator] = [
    await join(server.port, "bob"),
    await join(server.port, "carol"),
    await join(server.port, "dora"),
    await join(server.port, "moderator"),
  ];
  const [chat] = ann.client.servers;
  const addTo = async (name: string, permissions: Permissions, { uuid }: ChatUser): Promise<void> => {
    await chat?.createGroup(name, { permissions, colour: 0, position: 1 });
    const uuidOf = () => chat?.groups.find((other) => other.name === name)?.uuid;
    await expect.poll(uuidOf).toBeDefined();
    const group = uuidOf() ?? 0;
    await chat?.command("update_user_groups", { user: uuid, groups: [group] });
    await expect.poll(() => bob.client.getUser(uuid)?.groups).toEqual([group]);
  };
  await addTo("djs", Permissions.none, dora);
  await addTo("moderators", allowed, moderator);
  const requester = control === "group:djs" ? dora : bob;
  expect(await requester.ask("!play one")).toContain("Playing");
  expect(await requester.ask("!play two")).toContain("position 1");
  expect(await (control === "group:djs" ? dora : carol).ask("!play three")).toContain("position 2");
  return { ann, bob, carol, dora, moderator };
}

/** Sends a command and expects the reply to contain a text. */
async function expectReply(user: ChatUser, command: string, text: string): Promise<void> {
  expect(await user.ask(command), command).toContain(text);
}

/** Changes the permission overrides of the channel, and waits until the bot has them too. */
async function override(
  { ann, bob }: Users,
  overrides: Readonly<Record<string, Permissions>>,
): Promise<void> {
  await ann.channel.edit({ overrides });
  await expect.poll(() => Object.keys(bob.channel.overrides)).toEqual(Object.keys(overrides));
}

/** Commands that affect the tracks of all users, or the sound that all hear. */
const forAll = ["!stop", "!shuffle", "!clear", "!move 1 2", "!volume 50", "!filter mono", "!loop queue"];
/** Commands that only show something. */
const forShow: readonly (readonly [string, string])[] = [
  ["!queue", "Now: `one`"],
  ["!nowplaying", "`one`"],
  ["!volume", "The volume is 100%."],
  ["!filter", "No filters are active."],
  ["!loop", "Looping is off."],
  ["!lyrics", "No lyrics"],
  ["!help", "!play"],
];

describe("control by requesters", { timeout: 60_000 }, () => {
  const control = "requester";

  it("lets users change their own tracks only", async () => {
    const users = await startTable(control);
    const { bob, carol, dora } = users;
    const ofBob = "That would affect tracks requested by `bob`.";
    const ofCarol = "That would affect tracks requested by `carol`.";
    for (const [command, text] of forShow) await expectReply(dora, command, text);
    for (const command of forAll) {
      await expectReply(dora, command, "That would affect tracks requested by");
      await expectReply(bob, command, ofCarol);
    }
    for (const command of ["!skip", "!pause", "!seek 10", "!previous", "!remove 1", "!skip 2"]) {
      await expectReply(carol, command, ofBob);
    }
    await expectReply(carol, "!skip 3", ofBob);
    await expectReply(bob, "!skip 3", ofCarol);
    await expectReply(bob, "!remove 2", ofCarol);
    await expectReply(dora, "!playnext four", "That would affect tracks requested by `bob`, `carol`.");
    await expectReply(dora, "!play four", "position 3");
    await expectReply(bob, "!pause", "Paused");
    await expectReply(carol, "!play", ofBob);
    await expectReply(carol, "!resume", ofBob);
    await expectReply(bob, "!play", "Resumed");
    await expectReply(carol, "!remove 2", "Removed `three`");
    await expectReply(dora, "!remove 2", "Removed `four`");
    await expectReply(bob, "!shuffle", "nothing to shuffle");
    await expectReply(bob, "!skip 2", "That was the last track.");
  });

  it("lets users with manage_messages change all tracks, and respects overrides of the channel", async () => {
    const users = await startTable(control);
    const { ann, carol, dora, moderator } = users;
    const refusal = "That would affect tracks requested by";
    const groupOf = (user: ChatUser) => `group:${ann.client.getUser(user.uuid)?.groups[0]}`;
    await expectReply(moderator, "!volume 90", "90%");
    await override(users, { [`user:${moderator.uuid}`]: denied });
    await expectReply(moderator, "!volume 80", refusal);
    await override(users, { [groupOf(moderator)]: denied });
    await expectReply(moderator, "!volume 80", refusal);
    await override(users, { [groupOf(moderator)]: denied, [`user:${moderator.uuid}`]: allowed });
    await expectReply(moderator, "!volume 80", "80%");
    await expectReply(carol, "!volume 70", refusal);
    await override(users, { [`user:${carol.uuid}`]: allowed });
    await expectReply(carol, "!volume 70", "70%");
    await expectReply(dora, "!volume 60", refusal);
    await override(users, { [groupOf(dora)]: allowed });
    await expectReply(dora, "!volume 60", "60%");
    await expectReply(carol, "!volume 50", refusal);
    await ann.client.servers[0]?.admin.setBasePermissions(
      Permissions.initialBase.with({ manage_messages: "allow" }),
    );
    await expect.poll(() => carol.ask("!volume 50")).toContain("50%");
  });
});

describe("control by a group", { timeout: 60_000 }, () => {
  it("lets only its members and moderators change anything", async () => {
    const { bob, dora, moderator } = await startTable("group:djs");
    const refusal = "Only members of `djs` can control the music here.";
    for (const [command, text] of forShow) await expectReply(bob, command, text);
    for (const command of [...forAll, "!play x", "!playnext x", "!skip", "!pause", "!seek 1", "!remove 1"]) {
      await expectReply(bob, command, refusal);
    }
    await expectReply(moderator, "!volume 90", "90%");
    await expectReply(dora, "!stop", "Stopped");
  });
});

describe("control by everyone", { timeout: 60_000 }, () => {
  it("lets all users change all tracks", async () => {
    const { dora } = await startTable("everyone");
    await expectReply(dora, "!remove 1", "Removed `two`");
    await expectReply(dora, "!skip", "Playing `three`");
    await expectReply(dora, "!stop", "Stopped");
  });
});
