import { NatsLink } from "@asterite/nats";
import type { PacketClient } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { asterite, type RunningServer } from "../support/asterite.ts";
import {
  clusterMissing,
  connectTo,
  logInWithCursor,
  receivedMessages,
  type Services,
  startCluster,
  startMember,
  startServices,
  waitForMessages,
} from "../support/cluster.ts";
import { ask, firstChannel } from "../support/server.ts";

interface Recorded {
  readonly subject: string;
  readonly message: Buffer;
}

/** Stranger on NATS who records every message and sends any. */
async function openStranger(url: string): Promise<{ link: NatsLink; recorded: Recorded[] }> {
  const link = new NatsLink({ addresses: url, logger: silentLogger });
  onTestFinished(() => link.close());
  const recorded: Recorded[] = [];
  link.subscribe("asterite.>", (message, subject) =>
    recorded.push({ subject, message: Buffer.from(message) }),
  );
  await expect.poll(() => link.isConnected).toBe(true);
  return { link, recorded };
}

/** Returns the refused messages of a process by reason. */
async function refusals({ ready }: RunningServer): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${ready["statusPort"]}/metrics`)).text();
  const series = text.matchAll(/^asterite_cluster_messages_refused_total\{reason="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...series].map(([, reason, count]) => [reason, Number(count)]));
}

const warningsOf = ({ process }: RunningServer): unknown[] =>
  process
    .jsonLines()
    .filter(({ msg }) => msg === "bus message refused")
    .map(({ reason }) => reason);

const online = async (client: PacketClient): Promise<number> =>
  ((await ask(client, "online")).reply["data"] as unknown[]).length;

const send = async (client: PacketClient, content: string): Promise<void> => {
  const { reply } = await ask(client, "send", { content, channel: await firstChannel(client) });
  expect(reply.status).toBe(200);
};

const args = ["--status-port", "0"];

describe.skipIf(clusterMissing)("a stranger on NATS", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  /** Two processes with a user at each, and a stranger who has seen a message of every subject. */
  async function start() {
    const stranger = await openStranger(services.nats.url);
    const { members, database } = await startCluster(services, 2, { args });
    const [near, far] = members;
    if (!near || !far) throw new Error("no members");
    const [ann, bob] = [await logInWithCursor(near, "ann"), await logInWithCursor(far, "bob")];
    await expect.poll(() => online(ann)).toBe(2);
    await expect.poll(() => online(bob)).toBe(2);
    await ask(await connectTo(near), "login", { uname: "bob", passwd: "wrong" });
    await send(ann, "first");
    await waitForMessages(bob, 1);
    const topics = () => new Set(stranger.recorded.map(({ subject }) => subject.split(".").at(-1)));
    await expect.poll(topics).toEqual(new Set(["state", "commits", "password-checks"]));
    return { ...stranger, near, far, ann, bob, database };
  }

  it("cannot forge or alter a message of any subject", async () => {
    const { link, recorded, far, ann, bob } = await start();
    const packetsBefore = bob.packets.length;
    const prefix = recorded[0]?.subject.split(".").slice(0, -1).join(".");
    const seq = Math.max(...bob.packets.map((packet) => Number(packet["seq"] ?? 0)));
    const text =
      '{"command":"content","uuid":1,"content":"forged","author_uuid":1,"channel_uuid":1,"date":0}';
    const push = (number: number | null) => `${JSON.stringify([number, { type: "everyone" }])}\n${text}`;
    const forgeries: [topic: string, content: string][] = [
      ["commits", `[]\n${push(null)}`],
      ["commits", `[[${seq + 1},"content",null,1]]\n${push(seq + 1)}`],
      ["commits", `[[${seq + 1},"cut_user",null,${await uuidOf(ann, "bob")}]]`],
      [
        "state",
        '{"type":"snapshot","entries":[["u:1",1]],"isFirst":true,"isLast":true,"process":"x","revision":1}',
      ],
      ["password-checks", '{"network":"127.0.0.1","account":1,"isCorrect":false}'],
      ["state", "not JSON"],
    ];
    for (const [topic, content] of forgeries) {
      link.publish(`${prefix}.${topic}`, Buffer.from(content));
      // Behind the header of a real message, whose code does not cover the new content.
      const real = recorded.find(({ subject }) => subject.endsWith(topic));
      if (real)
        link.publish(real.subject, Buffer.concat([real.message.subarray(0, 65), Buffer.from(content)]));
    }
    for (const { subject, message } of recorded) {
      const altered = Buffer.from(message);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      link.publish(subject, altered);
      const other = subject.endsWith("state") ? "commits" : "state";
      link.publish(`${prefix}.${other}`, message);
    }
    const expected = 2 * forgeries.length + 2 * recorded.length;
    await expect.poll(async () => (await refusals(far))["forged"]).toBeGreaterThanOrEqual(expected);
    await send(ann, "second");
    expect(await waitForMessages(bob, 2)).toHaveLength(2);
    expect(await online(bob)).toBe(2);
    const pushes = bob.packets.slice(packetsBefore).filter(({ seq }) => seq !== undefined);
    expect(pushes.map(({ content }) => content)).toEqual(["second"]);
    expect(JSON.stringify(bob.packets)).not.toContain("forged");
    expect(warningsOf(far)).toEqual(["forged"]);
  });

  it("cannot replay what it recorded, at once, to a new process or after a while", async () => {
    const { link, recorded, near, far, ann, bob, database } = await start();
    const early = [...recorded];
    const replay = (): void => {
      for (const { subject, message } of early) link.publish(subject, message);
    };
    for (let round = 0; round < 10; round++) replay();
    for (const member of [near, far]) {
      await expect.poll(async () => (await refusals(member))["replayed"]).toBe(10 * early.length);
    }
    const late = await startMember({ database, nats: services.nats.url, args });
    const cid = await logInWithCursor(late, "cid");
    await expect.poll(() => online(cid)).toBe(3);
    replay();
    await expect.poll(async () => total(await refusals(late))).toBe(early.length);
    await send(ann, "second");
    for (const reader of [bob, cid]) {
      await expect.poll(() => receivedMessages(reader).length).toBe(reader === bob ? 2 : 1);
    }
    expect(await online(cid)).toBe(3);
    expect(warningsOf(far)).toEqual(["replayed"]);
  });

  it("is locked out again by a new key, with which the processes lose no message", async () => {
    const { recorded, near, far, ann, bob, database } = await start();
    const [before] = recorded;
    expect(before?.message.readUInt32BE(17)).toBe(1);
    const rotated = await asterite(["admin", "--database", database, "rotate-bus-key"]);
    expect(rotated).toMatchObject({ code: 0 });
    const isRotated = () => recorded.at(-1)?.message.readUInt32BE(17) === 2;
    let count = 1;
    for (; !isRotated(); count++) {
      await send(ann, `message ${count}`);
      await waitForMessages(bob, count + 1);
    }
    await expect.poll(() => online(bob)).toBe(2);
    expect(await refusals(near)).toEqual({});
    expect(await refusals(far)).toEqual({});
    expect(new Set(receivedMessages(bob)).size).toBe(count);
  });
});

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

async function uuidOf(client: PacketClient, uname: string): Promise<number> {
  const { reply } = await ask(client, "get_metadata");
  return (reply["data"] as { uuid: number; name: string }[]).find(({ name }) => name === uname)?.uuid ?? 0;
}
