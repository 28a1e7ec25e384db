import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  clusterMissing,
  logIn,
  logInWithCursor,
  readHistory,
  receivedMessages,
  type Services,
  startCluster,
  startServices,
  waitForMessages,
} from "../support/cluster.ts";
import { ask, firstChannel } from "../support/server.ts";

describe.skipIf(clusterMissing)("several processes on one database", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  it.each(["with NATS", "without NATS"])(
    "deliver every message to every reader once and in one order, %s",
    async (mode) => {
      const options = mode === "with NATS" ? {} : { nats: null };
      const { members } = await startCluster(services, 3, options);
      const readers = [];
      const writers = [];
      for (const [index, member] of members.entries()) {
        readers.push(
          await logInWithCursor(member, `reader ${index}`),
          await logIn(member, `legacy ${index}`),
        );
        writers.push(await logIn(member, `writer ${index}`), await logIn(member, `another ${index}`));
      }
      const [first] = readers;
      if (!first) throw new Error("no reader");
      const channel = await firstChannel(first);
      const each = 100;
      const acknowledged = await Promise.all(
        writers.map(async (writer) => {
          const uuids: number[] = [];
          for (let count = 0; count < each; count++) {
            const { reply } = await ask(writer, "send", { channel, content: `${count}` });
            expect(reply.status).toBe(200);
            uuids.push(Number(reply["message"]));
          }
          return uuids;
        }),
      );
      const total = each * writers.length;
      const history = await readHistory(first);
      expect(new Set(history)).toEqual(new Set(acknowledged.flat()));
      expect(history).toHaveLength(total);
      for (const uuids of acknowledged) {
        expect(history.filter((uuid) => uuids.includes(uuid))).toEqual(uuids);
      }
      for (const client of [...readers, ...writers]) {
        expect(await waitForMessages(client, total)).toEqual(history);
      }
      for (const reader of readers) {
        const numbers = reader.packets.flatMap(({ seq }) => (seq === undefined ? [] : [Number(seq)]));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        expect(new Set(numbers).size).toBe(numbers.length);
      }
    },
  );

  it("send no reply ahead of the pushes that it depends on", async () => {
    const { members } = await startCluster(services, 2);
    const [near, far] = members;
    if (!near || !far) throw new Error("no members");
    const writer = await logIn(near, "writer");
    const reader = await logIn(far, "reader");
    const channel = await firstChannel(writer);
    for (let count = 1; count <= 100; count++) {
      const { reply } = await ask(writer, "send", { channel, content: `${count}` });
      const { reply: answer } = await ask(reader, "history", { channel, num: 1 });
      const [newest] = answer["data"] as { uuid: number }[];
      expect(newest?.uuid).toBe(reply["message"]);
      expect(receivedMessages(reader).at(-1)).toBe(reply["message"]);
      expect(receivedMessages(writer).at(-1)).toBe(reply["message"]);
    }
  });

  it("store a message with a repeated nonce once, on whichever process it arrives", async () => {
    const { members } = await startCluster(services, 2);
    const [near, far] = members;
    if (!near || !far) throw new Error("no members");
    const here = await logInWithCursor(near, "ann");
    const there = await logInWithCursor(far, "ann");
    const channel = await firstChannel(here);
    const sends = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const replies = await Promise.all(
      [here, there].map(async (client) => {
        const uuids: unknown[] = [];
        for (const nonce of sends) {
          uuids.push((await ask(client, "send", { channel, content: "once", nonce })).reply["message"]);
        }
        return uuids;
      }),
    );
    expect(replies[0]).toEqual(replies[1]);
    expect(await readHistory(here)).toEqual(replies[0]);
  });
});
