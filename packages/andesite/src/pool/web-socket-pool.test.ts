import { describe, expect, it } from "vitest";
import { OutOfRangeError } from "../advanced.ts";
import {
  PoolClientAddEvent,
  PoolClientRemoveEvent,
  PoolEmptyError,
  ProblemEvent,
  State,
  WebSocketDisconnectEvent,
} from "../index.ts";
import { inOrder, makeMember, makePool, nextEvent, startNode, waitUntil } from "../nodes.test-support.ts";

describe("members", () => {
  it("share the state of the pool while they are members", () => {
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

  it("are added and removed before the event is emitted", () => {
    const pool = makePool([]);
    const sizes: number[] = [];
    pool.on([PoolClientAddEvent, PoolClientRemoveEvent], () => sizes.push(pool.size));
    const member = makeMember("ws://one/");
    pool.addClient(member);
    pool.removeClient(member);
    expect(sizes).toEqual([1, 0]);
    expect(pool.closed).toBe(true);
  });

  it("are required for sending", async () => {
    const pool = makePool([]);
    await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(await pool.assignClient("5")).toBeNull();
    await expect(pool.pullClient(makeMember("ws://one/"))).rejects.toThrow(OutOfRangeError);
  });

  it("are reset with the pool", async () => {
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
  it("is the same for concurrent calls, even with a slow scoring function", async () => {
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

  it("spreads guilds, and prefers the region of the guild", async () => {
    const [eu, us] = [await startNode({ region: "eu" }), await startNode({ region: "us" })];
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

  it("compares scores of all types", async () => {
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

describe("addClient", () => {
  it("has no effect when it fails", () => {
    const member = makeMember("ws://one/", { state: false });
    const pool = makePool([]);
    // The pool would receive its own events.
    pool.addChild(member.eventTarget);
    expect(() => pool.addClient(member)).toThrow(RangeError);
    expect([pool.size, pool.has(member), member.state]).toEqual([0, false, null]);
    pool.removeChild(member.eventTarget);
    pool.addClient(member);
    expect(pool.has(member)).toBe(true);
  });

  it("replaces a default state, but no state that the client was given", () => {
    const [implicit, alone, explicit] = [
      makeMember("ws://one/"),
      makeMember("ws://two/"),
      makeMember("ws://three/", { state: true }),
    ];
    expect(implicit.state).toBeInstanceOf(State);
    const pool = makePool([implicit]);
    expect(implicit.state).toBe(pool.state);
    expect(() => pool.addClient(explicit)).toThrow(RangeError);
    makePool([alone], { state: false });
    expect(alone.state).toBe(null);
  });

  it("keeps an event forwarding that the application has set up", () => {
    const member = makeMember("ws://one/");
    const pool = makePool([]);
    member.eventTarget.addChild(pool);
    pool.addClient(member);
    pool.removeClient(member);
    expect(member.eventTarget.hasChild(pool)).toBe(true);
    pool.addClient(member);
    member.eventTarget.removeChild(pool);
    pool.removeClient(member);
    expect(pool.size).toBe(0);
  });

  it("rejects values that are not clients", () => {
    expect(() => makePool([]).addClient({} as never)).toThrow("client");
  });
});

describe("a scoring function that throws", () => {
  it("rejects only the calls that wait for it", async () => {
    const node = await startNode();
    let fails = true;
    const pool = makePool([makeMember(node)], {
      scoringFunction: () => {
        if (fails) throw new Error("no score");
        return 1;
      },
    });
    const sent = [pool.stop("5"), pool.stop("5"), pool.assignClient("6"), pool.findBestClient("7")];
    for (const promise of sent) await expect(promise).rejects.toThrow("no score");
    fails = false;
    await pool.stop("5");
    await pool.ping("5");
    expect(node.opsOf("5")).toEqual(["stop"]);
  });

  it("does not prevent messages of a pulled member from being settled", async () => {
    const [one, two] = [makeMember("ws://127.0.0.1:9/"), makeMember("ws://127.0.0.1:9/")];
    let fails = false;
    const pool = makePool([one, two], {
      migrateAfterMs: Number.POSITIVE_INFINITY,
      scoringFunction: () => {
        if (fails) throw new Error("no score");
        return 1;
      },
    });
    const problems: unknown[] = [];
    pool.on(ProblemEvent, ({ error }) => problems.push(error));
    const waiting = pool.stop("5");
    await pool.assignClient("5");
    const first = pool.getClient("5");
    if (!first) throw new Error("no client");
    fails = true;
    await pool.pullClient(first);
    await expect(waiting).rejects.toThrow("no score");
    expect(problems.map(String)).toEqual(["Error: no score"]);
  });
});

describe("a message that is sent while its guild is being assigned", () => {
  it("is a snapshot of the payload", async () => {
    const node = await startNode();
    const pool = makePool([makeMember(node)], {
      scoringFunction: () => new Promise((resolve) => setImmediate(resolve, 1)),
    });
    const payload = { volume: 10 };
    const sent = pool.send("5", "volume", payload);
    expect(payload).toEqual({ volume: 10, guildId: "5", op: "volume" });
    payload.volume = 20;
    await sent;
    await pool.ping("5");
    expect(node.operations.map(({ fields }) => fields["volume"])).toEqual([10]);
  });

  it("is rejected when the payload is not an object", async () => {
    const pool = makePool([makeMember("ws://one/")]);
    await expect(pool.send("5", "volume", null as never)).rejects.toThrow("payload");
    await expect(pool.send("5", 5 as never, {})).rejects.toThrow("op");
  });
});

describe("options", () => {
  it.each([
    ["migrateAfterMs", { migrateAfterMs: -1 }],
    ["migrateAfterMs", { migrateAfterMs: "5" as never }],
    ["firstConnectionMs", { firstConnectionMs: -1 }],
    ["migrationConcurrency", { migrationConcurrency: 0 }],
    ["restoreTimeoutMs", { restoreTimeoutMs: 0 }],
    ["scoringFunction", { scoringFunction: 5 as never }],
    ["regionComparator", { regionComparator: "eu" as never }],
    ["state", { state: "no" as never }],
  ])("name a wrong %s", (field, options) => {
    expect(() => makePool([], options)).toThrow(expect.objectContaining({ field }));
  });
});

describe("an unreachable member", () => {
  it("gets no guild while another one is reachable, whatever its score", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await pool.ping("5");
    await two.connect();
    await a.die();
    await waitUntil(() => pool.getClient("5") === two);
    expect(await pool.findBestClient("6")).toBe(two);
    await pool.ping("6");
    expect(pool.getGuildIds(one)).toEqual(new Set());
    await two.disconnect();
    await b.die();
    await a.restart();
    await waitUntil(() => one.connected);
    expect(await pool.findBestClient("7")).toBe(one);
  });

  it("is used when there is no other one", async () => {
    const node = await startNode();
    const only = makeMember(node);
    const pool = makePool([only]);
    await pool.ping("5");
    const disconnected = nextEvent(only, WebSocketDisconnectEvent);
    await node.die();
    await disconnected;
    expect(await pool.findBestClient("6")).toBe(only);
  });
});

describe("a removed member", () => {
  it("leaves no listener behind", async () => {
    const node = await startNode();
    const client = makeMember(node, { maxConnectAttempts: 1 });
    const entries: string[] = [];
    const debug = ({ event }: { readonly event: string }) => void entries.push(event);
    const events: object[] = [];
    const pool = makePool([client], { migrateAfterMs: 0, debug });
    pool.on(null, (event) => events.push(event));
    await pool.ping("5");
    pool.removeClient(client);
    const [entriesBefore, eventsBefore] = [entries.length, events.length];
    // A lost connection and a client that gives up: both move the guilds of a member.
    const problem = nextEvent(client, ProblemEvent);
    await node.die();
    await problem;
    expect(client.closed).toBe(true);
    expect([entries.slice(entriesBefore), events.slice(eventsBefore)]).toEqual([[], []]);
  });

  it("is handled once per event after it was added again", async () => {
    const node = await startNode();
    const client = makeMember(node, { maxConnectAttempts: 1 });
    const pool = makePool([client], { migrateAfterMs: Number.POSITIVE_INFINITY });
    for (let round = 0; round < 3; round++) {
      pool.removeClient(client);
      pool.addClient(client);
    }
    await pool.ping("5");
    const removed: unknown[] = [];
    pool.on(PoolClientRemoveEvent, ({ client: of }) => removed.push(of));
    const problems: unknown[] = [];
    pool.on(ProblemEvent, ({ error }) => problems.push(error));
    const problem = nextEvent(client, ProblemEvent);
    await node.die();
    await problem;
    await waitUntil(() => removed.length > 0);
    expect([removed, pool.size, problems.length <= 1]).toEqual([[client], 0, true]);
  });
});
