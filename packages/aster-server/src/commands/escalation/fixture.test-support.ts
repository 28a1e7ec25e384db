import { type PermissionName, Permissions } from "@asterite/aster-protocol";
import { silentLogger } from "@asterite/util";
import { onTestFinished } from "vitest";
import { Access } from "../../access.ts";
import { type OpenContext, openContext } from "../../context.ts";
import type { AccessRules, Store, StoreAccess } from "../../store/store.ts";

/** Ranks of accounts relative to the actor, whose group is at position 2. */
const ranks = { owner: 0, above: 1, equal: 2, below: 3, groupless: undefined } as const;
/** Position of the actor's group. */
export const actorPosition = 2;

const grantsAll = (except?: PermissionName): Permissions =>
  except === undefined ? Permissions.all : Permissions.all.with({ [except]: "deny" });

/** Accounts, groups, channels and messages that the commands act on. */
export interface Fixture {
  readonly context: OpenContext;
  readonly actor: number;
  readonly users: readonly number[];
  readonly groups: readonly number[];
  readonly actorGroup: number;
  readonly open: number;
  /** Channel that the actor cannot see. */
  readonly hidden: number;
  readonly messages: readonly number[];
  readonly emoji: number;
}

/** Runs a unit of work and returns its result after the commit. */
export async function commit<Result>(
  store: Store,
  run: (tx: StoreAccess) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  await store.transact({ run, onCommit: (result) => void results.push(result) });
  return results[0] as Result;
}

/** Creates the fixture in a database. It is closed when the test ends. */
export async function createFixture(database: string): Promise<Fixture> {
  const context = await openContext({ database }, silentLogger);
  onTestFinished(() => context.close());
  const addUser = async (tx: StoreAccess, name: string, ...groups: number[]): Promise<number> => {
    const uuid = await tx.accounts.add({ name, pfp: "x", password: "" });
    await tx.accounts.setGroups(uuid, groups);
    return uuid;
  };
  const fixture = await commit(context.store, async (tx) => {
    const groups: number[] = [];
    for (const [position, name] of ["owners", "high", "own", "low", "mute", "lowest"].entries()) {
      const permissions =
        position === 4
          ? Permissions.of({ send_messages: "deny", manage_messages: "deny", ban_users: "deny" })
          : position > 2
            ? Permissions.none
            : Permissions.all;
      groups.push(await tx.groups.add({ name, colour: 0, permissions, position }));
    }
    const [owners = 0, , own = 0, low = 0, mute = 0, lowest = 0] = groups;
    const users: number[] = [];
    for (const [name, position] of Object.entries(ranks)) {
      const of = position === undefined ? [] : [groups[position] ?? 0];
      users.push(await addUser(tx, name, ...of));
      const banned = await addUser(tx, `banned ${name}`, ...of);
      await tx.accounts.ban(banned, 1);
      users.push(banned);
    }
    users.push(await addUser(tx, "muted", lowest, mute));
    const actor = await addUser(tx, "actor", own);
    const [general] = (await tx.readAccessRules()).channels;
    const open = general?.uuid ?? 0;
    const hidden = await tx.channels.add({ name: "hidden", position: 1 });
    await tx.channels.setOverrides(hidden, [
      { entity: { type: "group", uuid: own }, permissions: Permissions.of({ view_channel: "deny" }) },
      { entity: { type: "group", uuid: low }, permissions: Permissions.of({ view_channel: "deny" }) },
      { entity: { type: "group", uuid: lowest }, permissions: Permissions.of({ view_channel: "allow" }) },
      { entity: { type: "user", uuid: actor }, permissions: Permissions.of({ view_channel: "deny" }) },
    ]);
    const messages: number[] = [];
    for (const channel_uuid of [open, hidden]) {
      for (const author_uuid of [actor, users[0] ?? 0, users[6] ?? 0]) {
        const sent = { author_uuid, channel_uuid, content: "text", date: 1, reply: null };
        messages.push((await tx.messages.add(sent)).uuid);
      }
    }
    await tx.invites.add({
      hash: Uint8Array.of(1),
      author: actor,
      groups: [],
      created: 1,
      expires: Number.MAX_SAFE_INTEGER,
      usesLeft: 1,
    });
    const emoji = await tx.server.addEmoji({ name: "smile", data: "x" });
    return { context, actor, users, groups, actorGroup: own, open, hidden, messages, emoji, owners };
  });
  return fixture;
}

/** Gives the actor all permissions except one. */
export async function setLacking(
  { context, groups }: Fixture,
  lacking: PermissionName | undefined,
): Promise<void> {
  context.access = await commit(context.store, async (tx) => {
    const group = (await tx.readAccessRules()).groups.find(({ uuid }) => uuid === groups[actorPosition]);
    if (!group) throw new Error("the actor's group is gone");
    await tx.groups.update({ ...group, permissions: grantsAll(lacking) });
    return new Access(await tx.readAccessRules());
  });
}

/** State that a command can change, read inside its transaction. */
export interface Snapshot {
  readonly rules: AccessRules;
  readonly accounts: readonly unknown[];
  readonly bans: readonly { user: number }[];
  readonly messages: ReadonlyMap<number, { readonly content: string }>;
  readonly server: unknown;
}

/** Reads the state. */
export async function takeSnapshot(tx: StoreAccess, { messages }: Fixture): Promise<Snapshot> {
  return {
    rules: await tx.readAccessRules(),
    accounts: await tx.accounts.list(),
    bans: await tx.accounts.listBans(),
    messages: await tx.messages.getMany(messages),
    server: [await tx.server.get(), await tx.server.listEmoji()],
  };
}
