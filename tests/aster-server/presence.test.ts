import { Server } from "@asterite/aster";
import { FaultProxy, type PacketClient, type ReceivedPacket } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import {
  ask,
  type FramingName,
  framings,
  openClient,
  register,
  registered,
  startServer,
} from "../support/server.ts";

const presencePacketsIn = (packets: readonly ReceivedPacket[]): ReceivedPacket[] =>
  packets.filter(({ command }) => command === "online" || command === "presence");

/** Returns the presence packets that a client received since the last call. */
const takePresencePackets = async (client: PacketClient): Promise<ReceivedPacket[]> => {
  client.send({ command: "ping" });
  return presencePacketsIn((await client.until(({ command }) => command === "ping")).between);
};

/** Opens a connection with the extension and a new account. */
async function registerDeltaSubscriber(port: number, name: string, framing: FramingName = "lines") {
  const client = await openClient(port, framing);
  await ask(client, "hello", { client: "test/1", extensions: ["presence"] });
  const uuid = await register(client, name);
  return { client, uuid };
}

const online = (...data: unknown[]): object => ({ command: "online", status: 200, data });
const presence = (came: readonly number[], left: readonly number[] = []): object => {
  return { command: "presence", status: 200, came, left };
};

it.each(framings)(
  "sends presence as changes with the extension and as whole lists without it, over %s",
  async (framing) => {
    const { port } = await startServer();
    const { client: legacy, uuid: first } = await registered(port, "legacy", framing);
    const anonymous = await openClient(port, framing);
    await ask(anonymous, "ping");
    const ann = await registerDeltaSubscriber(port, "ann", framing);
    // Neither at its own login nor before it requests the list.
    expect(presencePacketsIn(ann.client.packets.slice(2))).toEqual([]);
    const { reply } = await ask(ann.client, "online");
    expect(reply).toEqual(online(first, ann.uuid));
    const bob = await registerDeltaSubscriber(port, "bob", framing);
    const second = await openClient(port, framing);
    await ask(second, "login", { uname: "bob", passwd: "secret" });
    const all = [first, ann.uuid, bob.uuid];
    expect(await takePresencePackets(legacy)).toEqual([
      online(first, ann.uuid),
      online(...all),
      online(...all),
    ]);
    expect(await takePresencePackets(anonymous)).toEqual([
      online(first, ann.uuid),
      online(...all),
      online(...all),
    ]);
    expect(await takePresencePackets(ann.client)).toEqual([presence([bob.uuid])]);
    expect(await takePresencePackets(bob.client)).toEqual([]);
    await bob.client.close();
    await second.close();
    const { packet } = await ann.client.until(({ command }) => command === "presence");
    expect(packet).toEqual(presence([], [bob.uuid]));
    const { packet: last } = await legacy.until(({ command }) => command === "online");
    expect(last).toEqual(online(first, ann.uuid));
    expect((await ask(ann.client, "online")).reply).toEqual(online(first, ann.uuid));
  },
);

it("keeps presence in the client library equal to the server through logins, logouts and reconnects", async () => {
  const { port } = await startServer();
  const names = Array.from({ length: 8 }, (_, index) => `guest ${index}`);
  for (const name of names) await (await registered(port, name)).client.close();
  const proxies = await Promise.all([0, 1].map(() => FaultProxy.start({ port })));
  const extensions = [undefined, []];
  const watchers = proxies.map((proxy, index) => {
    const server = new Server("127.0.0.1", proxy.port, {
      username: `watcher ${index}`,
      password: "secret",
      registerIfMissing: true,
      tls: { verify: false },
      reconnect: { firstDelayMs: 10, longestDelayMs: 50 },
      ...(extensions[index] && { extensions: extensions[index] }),
    });
    return { proxy, server, online: new Set<number>() };
  });
  onTestFinished(async () => {
    for (const { server, proxy } of watchers) {
      await server.disconnect();
      await proxy[Symbol.asyncDispose]();
    }
  });
  for (const { server, online } of watchers) {
    await server.connect();
    for (const uuid of server.online) online.add(uuid);
    server.on("presence", ({ online: now, came, left }) => {
      for (const uuid of came) online.add(uuid);
      for (const uuid of left) online.delete(uuid);
      expect(new Set(now)).toEqual(online);
    });
  }
  expect(watchers[0]?.server.extensions.has("presence")).toBe(true);
  let seed = 11;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const guests: PacketClient[] = [];
  for (let step = 0; step < 60; step++) {
    const kind = random(7);
    if (kind < 3 && guests.length < 10) {
      const client = await openClient(port);
      await ask(client, "login", { uname: names[random(names.length)], passwd: "secret" });
      guests.push(client);
    } else if (kind < 6) {
      await guests.splice(random(guests.length), 1)[0]?.close();
    } else {
      watchers[random(2)]?.proxy.cut();
    }
  }
  const { client: witness } = await registered(port, "witness");
  for (const { server, online } of watchers) {
    await expect.poll(() => server.status).toBe("ready");
    const matches = async () => {
      const { reply } = await ask(witness, "online");
      return `${[...server.online].sort()}` === `${(reply["data"] as number[]).sort()}`;
    };
    await expect.poll(matches).toBe(true);
    expect(new Set(server.online)).toEqual(online);
  }
});
