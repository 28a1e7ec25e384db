import { randomBytes, randomUUID } from "node:crypto";
import { type Logger, silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { type MemoryBus, MemoryNetwork } from "../cluster/memory-bus.test-support.ts";
import type { BusKey } from "../store/shared-log.ts";
import { AuthenticatedBus, type MessageRefusal } from "./authenticated-bus.ts";
import { BusKeyring } from "./bus-keyring.ts";

const key = (number: number, createdMs = 0): BusKey => ({ number, key: randomBytes(32), createdMs });

/** Database whose keys and clock the processes share. */
class Database {
  keys: BusKey[] = [key(1)];
  timeMs = 1_000_000;
  reads = 0;

  readBusKeys(): Promise<BusKey[]> {
    this.reads++;
    return Promise.resolve(this.keys);
  }
}

interface Process {
  readonly bus: AuthenticatedBus;
  readonly keyring: BusKeyring;
  readonly network: MemoryBus;
  readonly received: string[];
  readonly warnings: string[];
}

async function start(database: Database, network: MemoryNetwork, process = randomUUID()): Promise<Process> {
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields: object) => warnings.push(JSON.stringify(fields)),
  };
  const member = network.join();
  const keyring = await BusKeyring.load(database, logger);
  const bus = new AuthenticatedBus({ bus: member, process, keyring, now: () => database.timeMs, logger });
  const received: string[] = [];
  for (const topic of ["commits", "state", "password-checks"] as const) {
    bus.subscribe(topic, (message) => received.push(`${topic} ${Buffer.from(message)}`));
  }
  return { bus, keyring, network: member, received, warnings };
}

async function startTwo() {
  const database = new Database();
  const network = new MemoryNetwork();
  const recorded: Buffer[] = [];
  const [one, other] = [await start(database, network), await start(database, network)];
  const recorder = network.join();
  recorder.subscribe("state", (message) => recorded.push(Buffer.from(message)));
  return { database, network, one, other, recorder, recorded };
}

const refusals = ({ bus }: Process): Partial<Record<MessageRefusal, number>> =>
  Object.fromEntries(bus.refused);

it("delivers the content of authentic messages", async () => {
  const { one, other } = await startTwo();
  one.bus.send("state", Buffer.from("hello"));
  one.bus.send("commits", Buffer.alloc(0));
  other.bus.send("password-checks", Buffer.from("yes"));
  expect(other.received).toEqual(["state hello", "commits "]);
  expect(one.received).toEqual(["password-checks yes"]);
  expect(one.bus.maxMessageBytes).toBe(1_000_000 - 65);
});

it("refuses a message in which any bit was changed, and one that was cut or extended", async () => {
  const { one, other, recorder, recorded } = await startTwo();
  other.network.disconnect();
  one.bus.send("state", Buffer.from("x"));
  other.network.reconnect();
  const [original = Buffer.alloc(0)] = recorded;
  for (let bit = 0; bit < 8 * original.length; bit++) {
    const altered = Buffer.from(original);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    recorder.send("state", altered);
  }
  recorder.send("state", original.subarray(0, -1));
  recorder.send("state", Buffer.concat([original, Buffer.from("x")]));
  recorder.send("state", Buffer.alloc(0));
  recorder.send("commits", original);
  expect(other.received).toEqual([]);
  const { forged = 0, "unknown key": unknown = 0 } = refusals(other);
  expect(unknown).toBe(32);
  expect(forged).toBe(8 * original.length - 32 + 4);
  recorder.send("state", original);
  expect(other.received).toEqual(["state x"]);
});

it("refuses a message again, at the others and at its sender, and warns once a minute", async () => {
  const { one, other, recorder, recorded } = await startTwo();
  for (const text of ["a", "b", "c"]) one.bus.send("state", Buffer.from(text));
  for (const message of recorded) for (let count = 0; count < 100; count++) recorder.send("state", message);
  expect(other.received).toEqual(["state a", "state b", "state c"]);
  expect(one.received).toEqual([]);
  expect([refusals(one), refusals(other)]).toEqual([{ replayed: 300 }, { replayed: 300 }]);
  expect(other.warnings).toEqual(['{"reason":"replayed","topic":"state","count":1}']);
});

it("refuses messages that are too old, from the future, or older than the receiving process", async () => {
  const { database, network, one, recorder, recorded } = await startTwo();
  one.bus.send("state", Buffer.from("x"));
  const late = await start(database, network);
  // The clock of the database moves faster than the monotonic one, which is that of the test.
  database.timeMs += 5000;
  for (const message of recorded) recorder.send("state", message);
  database.timeMs += 5001;
  for (const message of recorded) recorder.send("state", message);
  database.timeMs -= 20_100;
  for (const message of recorded) recorder.send("state", message);
  expect(late.received).toEqual([]);
  expect(refusals(late)).toEqual({ expired: 3 });
});

it("refuses messages signed with the key of another database", async () => {
  const { one } = await startTwo();
  const network = new MemoryNetwork();
  const stranger = await start(new Database(), network);
  network.join().subscribe("state", (message) => one.network.receive("state", message));
  stranger.bus.send("state", Buffer.from("x"));
  expect(one.received).toEqual([]);
  expect(refusals(one)).toEqual({ forged: 1 });
});

it("moves to a new key without losing a message, then refuses the old one", async () => {
  const { database, network, one, other, recorder } = await startTwo();
  const old = await start(database, network);
  database.keys = [key(2, database.timeMs), ...database.keys];
  await expect
    .poll(() => {
      for (const { keyring } of [one, other]) keyring.noticeNewest(2);
      return one.keyring.findKey(2, database.timeMs) && other.keyring.findKey(2, database.timeMs);
    })
    .toBeDefined();
  const numberOfNext = (): number | undefined => {
    let number: number | undefined;
    recorder.subscribe("state", (message) => {
      number = Buffer.from(message).readUInt32BE(17);
    });
    one.bus.send("state", Buffer.from("x"));
    return number;
  };
  expect(numberOfNext()).toBe(1);
  database.timeMs += 1000;
  expect(numberOfNext()).toBe(2);
  old.bus.send("state", Buffer.from("still"));
  database.timeMs += 9000;
  old.bus.send("state", Buffer.from("retired"));
  expect(other.received).toEqual(["state x", "state x", "state still"]);
  expect(refusals(other)).toEqual({ "unknown key": 1 });
});

it("reads the keys again for an unknown one, at a bounded rate", async () => {
  const { database, one, recorder } = await startTwo();
  const forged = Buffer.alloc(100);
  forged[0] = 1;
  forged.writeUInt32BE(77, 17);
  const before = database.reads;
  await expect
    .poll(() => {
      for (let count = 0; count < 100; count++) recorder.send("state", forged);
      return database.reads - before;
    })
    .toBe(2);
  expect(one.received).toEqual([]);
});
