import { ScriptedNode, settled } from "@asterite/testkit";
import { afterEach, describe, expect, it } from "vitest";
import {
  OutOfRangeError,
  PoolClientAddEvent,
  PoolClientRemoveEvent,
  PoolEmptyError,
  type PoolScoringFunction,
  State,
  TrackStartEvent,
  WebSocketBase,
  WebSocketConnectEvent,
  WebSocketPool,
  type WebSocketPoolOptions,
} from "../index.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startNode = async (region = "unknown") => {
  const node = await ScriptedNode.start({ region });
  cleanUps.push(() => node.die());
  return node;
};
const makeMember = (node: ScriptedNode | string, maxConnectAttempts: number | null = null) => {
  const client = new WebSocketBase(typeof node === "string" ? node : node.webSocketUrl, "1", null, {
    backoff: { capMs: 20 },
    stableAfterMs: 0,
    maxConnectAttempts,
  });
  cleanUps.push(() => client.close());
  return client;
};
const makePool = (clients: WebSocketBase[], options?: WebSocketPoolOptions) => {
  const pool = new WebSocketPool(clients, { migrateAfterMs: 30, ...options });
  cleanUps.push(() => pool.close());
  return pool;
};
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};
/** Prefers the members in their order. */
const inOrder =
  (...clients: WebSocketBase[]): PoolScoringFunction =>
  ({ client }) =>
    -clients.indexOf(client as WebSocketBase);

describe("members", () => {
  it("share one state, and give it back", () => {
    const [one, two] = [makeMember("ws://one/"), makeMember("ws://two/")];
    const pool = makePool([one, two, one]);
    expect(pool.size).toBe(2);
    expect(pool.state).toBeInstanceOf(State);
    expect([one.state, two.state]).toEqual([pool.state, pool.state]);
    const other = new State();
    pool.state = other;
    expect([one.state, two.state]).toEqual([other, other]);
    pool.removeClient(one);
    expect(one.state).toBeNull();
    expect(pool.has(one)).toBe(false);
    expect(one.eventTarget.hasChild(pool)).toBe(false);
    expect(() => pool.removeClient(one)).toThrow(OutOfRangeError);
    expect(() => pool.addClient(two)).toThrow(OutOfRangeError);
    one.state = new State();
    expect(() => pool.addClient(one)).toThrow("client");
    expect(pool.size).toBe(1);
    pool.state = false;
    expect(two.state).toBeNull();
  });

  it("are announced after the change", () => {
    const pool = makePool([]);
    const sizes: number[] = [];
    pool.on([PoolClientAddEvent, PoolClientRemoveEvent], () => sizes.push(pool.size));
    const member = makeMember("ws://one/");
    pool.addClient(member);
    pool.removeClient(member);
    expect(sizes).toEqual([1, 0]);
    expect(pool.closed).toBe(true);
  });

  it("cannot be missing", async () => {
    const pool = makePool([]);
    await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(await pool.assignClient("5")).toBeNull();
    await expect(pool.pullClient(makeMember("ws://one/"))).rejects.toThrow(OutOfRangeError);
  });

  it("come back with the pool after it was closed", async () => {
    const node = await startNode();
    const pool = makePool([makeMember(node)]);
    await pool.ping("5");
    await pool.close();
    expect(pool.closed).toBe(true);
    await expect(pool.ping("5")).rejects.toThrow("closed");
    await pool.reset();
    expect(await pool.ping("5")).toBeGreaterThan(0);
  });
});

describe("assignment", () => {
  it("is the same for everybody who asks at once, also with a slow scoring function", async () => {
    const nodes = [await startNode(), await startNode()];
    const pool = makePool(
      nodes.map((node) => makeMember(node)),
      {
        scoringFunction: () => new Promise((resolve) => setTimeout(() => resolve(Math.random()), 5)),
      },
    );
    await Promise.all(Array.from({ length: 20 }, (_, volume) => pool.volume("5", volume / 10)));
    await pool.ping("5");
    const [busy, idle] = nodes.sort((one, other) => other.operations.length - one.operations.length);
    expect(busy?.operations.map(({ fields }) => fields["volume"])).toEqual(
      Array.from({ length: 20 }, (_, volume) => volume * 10),
    );
    expect(idle?.operations).toEqual([]);
  });

  it("spreads guilds, and prefers the right region", async () => {
    const [eu, us] = [await startNode("eu"), await startNode("us")];
    const members = [makeMember(eu), makeMember(us)];
    await Promise.all(members.map((member) => member.connect()));
    const pool = makePool(members);
    for (let guild = 1; guild <= 10; guild++) await pool.assignClient(String(guild));
    expect(members.map((member) => pool.getGuildIds(member).size)).toEqual([5, 5]);
    pool.regionComparator = (_guild, region) => (region === "us" ? 1 : 0);
    expect(pool.getClient("11")).toBeNull();
    expect(await pool.assignClient(11n)).toBe(members[1]);
    expect(pool.getClient("11")).toBe(members[1]);
    expect([...pool.iterClientGuildIds()].map(([, guilds]) => guilds.size)).toEqual([5, 6]);
  });

  it("compares scores of any kind", async () => {
    const [one, two] = [makeMember("ws://one/"), makeMember("ws://two/")];
    const pool = makePool([one, two]);
    for (const [low, high] of [
      [1, 2],
      ["a", "b"],
      [
        [1, 9],
        [2, 0],
      ],
      [[1], [1, 0]],
    ] as const) {
      pool.scoringFunction = ({ client }) => (client === two ? high : low);
      expect(await pool.findBestClient("5")).toBe(two);
    }
  });
});

describe("migration", () => {
  const play = async (pool: WebSocketPool, guilds: readonly string[]) => {
    await Promise.all(
      guilds.map(async (guild) => {
        await pool.voiceServerUpdate(guild, "s", { endpoint: "e" });
        await pool.play(guild, `track ${guild}`, { volume: 0.5 });
        await pool.ping(guild);
      }),
    );
    // Until the node is known to have carried all of it out, it would be sent again after a loss.
    for (const guild of guilds) await pool.ping(guild);
  };
  const guilds = ["5", "6", "7"];

  it("takes the players off a pulled node that lives", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, guilds);
    await pool.pullClient(one);
    await pool.ping("7");
    expect(guilds.map((guild) => b.player(guild))).toMatchObject(
      guilds.map((guild) => ({ track: `track ${guild}`, volume: 50 })),
    );
    await one.connect();
    await until(() => a.players.size === 0);
    expect(b.opsOf("5")).toEqual(["voice-server-update", "play"]);
    expect([pool.size, pool.getGuildIds(two).size]).toEqual([1, 3]);
  });

  it("leaves a node that died, and takes along what it had not carried out", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, guilds);
    a.onOperation = () => true;
    await pool.pause("5", true);
    await pool.play("6", "another");
    await a.die();
    const late = pool.volume("7", 2);
    await until(() => pool.getClient("5") === two);
    await late;
    await Promise.all(guilds.map((guild) => pool.ping(guild)));
    expect(b.player("5")).toMatchObject({ track: "track 5", paused: true, volume: 50 });
    expect(b.player("6")).toMatchObject({ track: "another", volume: 50 });
    expect(b.player("7")).toMatchObject({ track: "track 7", volume: 200 });
    expect(pool.has(one)).toBe(true);
  });

  it("ends the players of a node that comes back, and does not hear them any more", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two), migrateAfterMs: 0 });
    await play(pool, guilds);
    const starts: string[] = [];
    pool.on(TrackStartEvent, ({ guildId }) => starts.push(guildId));
    a.refuseWith = 503;
    a.drop();
    await until(() => guilds.every((guild) => pool.getClient(guild) === two));
    a.event("5", { type: "TrackStartEvent", track: "late" });
    const back = one.eventTarget.subscribe(WebSocketConnectEvent).first();
    a.refuseWith = null;
    await back;
    await until(() => a.players.size === 0);
    await pool.ping("5");
    expect(starts.sort()).toEqual(guilds);
    const player = await (await pool.state?.get("5"))?.getTrack();
    expect(player).toBe("track 5");
  });

  it("follows a member that gives up, and leaves the pool without it", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a, 1), makeMember(b)];
    const pool = makePool([one, two], {
      scoringFunction: inOrder(one, two),
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    await play(pool, guilds);
    await a.die();
    const sent = pool.pause("5", true);
    await sent;
    await pool.ping("5");
    expect(one.closed).toBe(true);
    expect(pool.has(one)).toBe(false);
    expect(b.player("5")).toMatchObject({ track: "track 5", paused: true });
  });

  it("waits for the only node there is", async () => {
    const a = await startNode();
    const pool = makePool([makeMember(a)], { migrateAfterMs: 0 });
    await play(pool, ["5"]);
    await a.die();
    const sent = pool.volume("5", 2);
    await a.restart();
    await sent;
    await pool.ping("5");
    expect(a.player("5")).toMatchObject({ track: "track 5", volume: 200 });
  });

  it("moves no players without a state, but the messages that wait", async () => {
    const b = await startNode();
    const [one, two] = [makeMember(await ScriptedNode.deadUrl()), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two), state: false });
    const sent = [pool.volume("5", 1), pool.pause("5", true)];
    await until(() => pool.getClient("5") === one);
    await pool.pullClient(one);
    await Promise.all(sent);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["volume", "pause"]);
    await pool.pullClient(two);
    expect(pool.getClient("5")).toBeNull();
    await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(await settled(() => pool.size)).toBe(0);
  });
});
