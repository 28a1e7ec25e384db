import type { PacketClient, ReceivedPacket } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  clusterMissing,
  connectTo,
  logIn,
  logInWithCursor,
  type Services,
  startCluster,
  startServices,
} from "../support/cluster.ts";
import { ask, firstChannel, register, statusOf } from "../support/server.ts";

const sorted = (value: unknown): number[] => (value as number[]).toSorted((a, b) => a - b);

describe.skipIf(clusterMissing)("presence and channel states in a cluster", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  async function two() {
    const { members, database } = await startCluster(services, 2);
    const [near, far] = members;
    if (!near || !far) throw new Error("no members");
    return { near, far, database };
  }

  const uuidOf = async (client: PacketClient, uname: string): Promise<number> => {
    const { reply } = await ask(client, "get_metadata");
    const users = reply["data"] as { uuid: number; name: string }[];
    return users.find(({ name }) => name === uname)?.uuid ?? 0;
  };

  const untilOnline = (client: PacketClient, uuids: readonly number[]) => {
    const wanted = sorted(uuids);
    const fits = ({ command, data }: ReceivedPacket) =>
      command === "online" && JSON.stringify(sorted(data)) === JSON.stringify(wanted);
    const last = client.packets.findLast(({ command }) => command === "online");
    return last && fits(last) ? Promise.resolve() : client.until(fits);
  };

  it("shows users online in every process, and offline seconds after their process dies", async () => {
    const { near, far } = await two();
    const ann = await logIn(near, "ann");
    const bob = await logIn(far, "bob");
    const both = [await uuidOf(ann, "ann"), await uuidOf(ann, "bob")];
    await untilOnline(ann, both);
    await untilOnline(bob, both);
    const { reply } = await ask(bob, "online");
    expect(sorted(reply["data"])).toEqual(sorted(both));
    const again = await logIn(far, "ann");
    await ann.close();
    await untilOnline(bob, both);
    await again.close();
    await untilOnline(bob, both.slice(1));
    await logIn(near, "ann");
    await untilOnline(bob, both);
    near.process.kill("SIGKILL");
    await untilOnline(bob, both.slice(1));
  });

  it("sends presence changes of all processes to subscribed clients, even when a process is killed", async () => {
    const { near, far } = await two();
    const ann = await connectTo(near);
    await ask(ann, "hello", { client: "test/1", extensions: ["presence"] });
    const annUuid = await register(ann, "ann");
    const known = new Set((await ask(ann, "online")).reply["data"] as number[]);
    const changes: ReceivedPacket[] = [];
    const untilKnown = async (...uuids: number[]): Promise<void> => {
      while (JSON.stringify(sorted([...known])) !== JSON.stringify(sorted(uuids))) {
        const { packet } = await ann.until(({ command }) => command === "presence");
        changes.push(packet);
        for (const uuid of packet["came"] as number[]) known.add(uuid);
        for (const uuid of packet["left"] as number[]) known.delete(uuid);
      }
    };
    await untilKnown(annUuid);
    const bob = await logIn(far, "bob");
    const bobUuid = await uuidOf(bob, "bob");
    await untilKnown(annUuid, bobUuid);
    const carl = await logIn(far, "carl");
    const carlUuid = await uuidOf(carl, "carl");
    await untilKnown(annUuid, bobUuid, carlUuid);
    // Bob is connected to both processes, so he stays online.
    await logIn(near, "bob");
    far.process.kill("SIGKILL");
    await untilKnown(annUuid, bobUuid);
    expect(changes.map(({ came, left }) => [came, left])).toEqual([
      [[bobUuid], []],
      [[carlUuid], []],
      [[], [carlUuid]],
    ]);
    expect(sorted((await ask(ann, "online")).reply["data"])).toEqual(sorted([annUuid, bobUuid]));
    expect(ann.packets.filter(({ command }) => command === "online")).toHaveLength(2);
  });

  it("shows users offline at once when their process is stopped", async () => {
    const { near, far } = await two();
    await logIn(near, "ann");
    const bob = await logIn(far, "bob");
    const both = [await uuidOf(bob, "ann"), await uuidOf(bob, "bob")];
    await untilOnline(bob, both);
    const stopped = near.process.stop();
    await untilOnline(bob, both.slice(1));
    expect((await stopped).code).toBe(0);
  });

  it("is replicated to a process that starts later, and after NATS was down", async () => {
    const { near, far, database } = await two();
    const ann = await logIn(near, "ann");
    const channel = await firstChannel(ann);
    const speaker = await logInWithCursor(near, "speaker");
    const state = { channel, key: "song", value: { title: "x" } };
    expect(await statusOf(speaker, "set_channel_state", state)).toBe(200);
    await services.nats.kill();
    const bob = await logIn(far, "bob");
    await services.nats.restart();
    const all = [await uuidOf(bob, "ann"), await uuidOf(bob, "bob"), await uuidOf(bob, "speaker")];
    await untilOnline(ann, all);
    await untilOnline(bob, all);
    const { members } = await startCluster(services, 1, { database });
    const [late] = members;
    if (!late) throw new Error("no member");
    const carl = await logInWithCursor(late, "carl");
    await untilOnline(carl, [...all, await uuidOf(carl, "carl")]);
    const { reply } = await ask(carl, "list_channel_state", { channel });
    expect(reply["data"]).toMatchObject([{ channel, key: "song", value: { title: "x" } }]);
  });

  it("lets one connection of the cluster own a channel state, and clears it when its process dies", async () => {
    const { near, far } = await two();
    const speaker = await logInWithCursor(near, "speaker");
    const listener = await logInWithCursor(far, "listener");
    const channel = await firstChannel(speaker);
    const set = (client: PacketClient, value: unknown) =>
      statusOf(client, "set_channel_state", { channel, key: "song", value });
    expect(await set(speaker, "one")).toBe(200);
    const { packet } = await listener.until(({ command }) => command === "channel_state");
    expect(packet).toMatchObject({ channel, key: "song", value: "one" });
    await expect.poll(() => set(listener, "two")).toBe(409);
    speaker.send({ command: "typing", channel });
    await listener.until(({ command }) => command === "typing");
    // A bot at one process answers an account at another one.
    const accepting = { channel, key: "commands", value: { invoke: true } };
    expect(await statusOf(speaker, "set_channel_state", accepting)).toBe(200);
    const bot = await uuidOf(listener, "speaker");
    const invoke = () => statusOf(listener, "invoke", { channel, bot, id: "7", name: "hi", arguments: "" });
    await expect.poll(invoke).toBe(200);
    const { packet: invoked } = await speaker.until(({ command }) => command === "invocation");
    const answer = { invocation: invoked["invocation"], content: "hello" };
    expect(await statusOf(speaker, "answer_invocation", answer)).toBe(200);
    const { packet: answered } = await listener.until(({ command }) => command === "invocation_answer");
    expect(answered).toMatchObject({ id: "7", channel, author_uuid: bot, content: "hello" });
    near.process.kill("SIGKILL");
    await listener.until(({ command, value }) => command === "channel_state" && value === null);
    await expect.poll(invoke).toBe(409);
    expect(await set(listener, "two")).toBe(200);
  });

  it("counts wrong passwords across processes", async () => {
    const { near, far } = await two();
    const ann = await logIn(near, "ann");
    await ann.close();
    const tries = await Promise.all([near, far].map(connectTo));
    const statuses: unknown[] = [];
    for (let count = 0; count < 10; count++) {
      const [client] = count % 2 === 0 ? tries : tries.toReversed();
      if (client) statuses.push(await statusOf(client, "login", { uname: "ann", passwd: `wrong ${count}` }));
    }
    expect(new Set(statuses)).toEqual(new Set([403]));
    // The count is replicated within moments, after which even the right password is refused.
    const right = { uname: "ann", passwd: "secret" };
    expect(await Promise.all(tries.map((client) => statusOf(client, "login", right)))).toEqual([403, 403]);
  });
});
