import type { ExtensionName } from "@asterite/aster-protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Presence } from "./presence.ts";
import { RecordingSubscriber } from "./recording-subscriber.test-support.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As many followers as make telling them more work than is done at once. */
const crowd = 300;

interface Told {
  readonly command: string;
  readonly data?: readonly number[];
  readonly came?: readonly number[];
  readonly left?: readonly number[];
}

const sorted = (users: Iterable<number>): number[] => [...users].sort((a, b) => a - b);

/** A client, which knows what a client knows by what it was sent. */
class Client extends RecordingSubscriber {
  readonly online = new Set<number>();

  constructor(presence: Presence, user?: number, ...extensions: ExtensionName[]) {
    super(user, extensions);
    presence.join(this);
    presence.updateExtensions(this);
    if (user === undefined) return;
    presence.addUser(user);
    presence.announce();
  }

  /** Asks who is online; without a word in between, as the connection does it. */
  ask(presence: Presence): this {
    this.deliver(presence.replyTo(this));
    return this;
  }

  close(presence: Presence): void {
    presence.leave(this);
    if (this.user === undefined) return;
    presence.removeUser(this.user);
    presence.announce();
  }

  get told(): Told[] {
    return this.packets.splice(0).map(({ text }) => JSON.parse(text) as Told);
  }

  /** What it knows now. */
  get known(): number[] {
    for (const { command, data, came = [], left = [] } of this.told) {
      if (command === "online") this.online.clear();
      for (const user of [...(data ?? []), ...came]) this.online.add(user);
      for (const user of left) this.online.delete(user);
    }
    return sorted(this.online);
  }
}

it("tells those who lack the extension the whole list at each login, a second session and strangers included", () => {
  const presence = new Presence();
  const stranger = new Client(presence);
  const first = new Client(presence, 1);
  const second = new Client(presence, 1, "typing");
  const other = new Client(presence, 2);
  expect(stranger.told.map(({ data }) => data)).toEqual([[1], [1], [1, 2]]);
  expect(first.told.map(({ data }) => data)).toEqual([[1], [1], [1, 2]]);
  expect(second.told.map(({ data }) => data)).toEqual([[1], [1, 2]]);
  other.close(presence);
  expect(second.told).toEqual([{ command: "online", status: 200, data: [1] }]);
});

it("tells those who have it nothing before they ask, and then only what changes", () => {
  const presence = new Presence();
  const follower = new Client(presence, 1, "presence");
  const other = new Client(presence, 2);
  expect(follower.told).toEqual([]);
  follower.ask(presence);
  expect(follower.told).toEqual([{ command: "online", status: 200, data: [1, 2] }]);
  const again = new Client(presence, 2);
  again.close(presence);
  presence.addUser(3);
  other.close(presence);
  presence.announce();
  expect(follower.told).toEqual([{ command: "presence", status: 200, came: [3], left: [2] }]);
});

it("begins anew when a client says hello again", () => {
  const presence = new Presence();
  const client = new Client(presence, 1, "presence").ask(presence);
  Object.assign(client, { extensions: new Set() });
  presence.updateExtensions(client);
  const other = new Client(presence, 2, "presence");
  expect(client.told.map(({ data }) => data)).toEqual([[1], [1, 2]]);
  Object.assign(client, { extensions: new Set(["presence"]) });
  presence.updateExtensions(client);
  other.close(presence);
  expect(client.told).toEqual([]);
  expect(client.ask(presence).told).toEqual([{ command: "online", status: 200, data: [1] }]);
});

it("counts a user who is in several processes as there until the last is left", () => {
  const presence = new Presence();
  const follower = new Client(presence, 1, "presence").ask(presence);
  const local = new Client(presence, 2);
  presence.addUser(2);
  local.close(presence);
  presence.announce();
  expect(follower.known).toEqual([1, 2]);
  presence.removeUser(2);
  presence.removeUser(2);
  presence.announce();
  expect(follower.known).toEqual([1]);
});

describe("with many who follow", () => {
  function crowded() {
    const presence = new Presence();
    const followers = Array.from({ length: crowd }, (_, user) =>
      new Client(presence, user, "presence").ask(presence),
    );
    vi.advanceTimersByTime(20_000);
    for (const follower of followers) expect(follower.known).toEqual(sorted(presence.users));
    return { presence, followers };
  }

  /** So much work at once that what comes next is told later. */
  const comeMany = (presence: Presence): number[] => {
    const users = Array.from({ length: 100 }, (_, index) => 1_000 + index);
    for (const user of users) new Client(presence, user);
    return users;
  };

  it("tells a wave in few batches, and nobody who came and went in between", () => {
    const { presence, followers } = crowded();
    const many = comeMany(presence);
    const passing = new Client(presence, 5_000);
    passing.close(presence);
    vi.advanceTimersByTime(20_000);
    const told = followers[7]?.told ?? [];
    expect(told.flatMap(({ came }) => came)).toEqual(many);
    expect(told.flatMap(({ left }) => left)).toEqual([]);
    expect(told.length).toBeLessThan(10);
  });

  it("tells whoever asks of themselves, though nobody else was told yet", async () => {
    const { presence, followers } = crowded();
    const told = comeMany(presence).slice(0, followers[0]?.told.length);
    const late = new Client(presence, 5_001, "presence").ask(presence);
    const later = new Client(presence, 5_002, "presence").ask(presence);
    await undefined;
    expect(late.known).toEqual([...Array(crowd).keys(), ...told, 5_001]);
    expect(later.known).toEqual([...Array(crowd).keys(), ...told, 5_002]);
    vi.advanceTimersByTime(20_000);
    expect(late.known).toEqual(sorted(presence.users));
    expect(later.known).toEqual(sorted(presence.users));
  });

  it("keeps the right list where somebody asks between a change and its opposite", () => {
    const { presence } = crowded();
    comeMany(presence);
    const fickle = new Client(presence, 5_001);
    const asking = new Client(presence, 5_002, "presence").ask(presence);
    fickle.close(presence);
    expect(asking.known).not.toContain(5_001);
    vi.advanceTimersByTime(20_000);
    expect(asking.known).toEqual(sorted(presence.users));
  });
});

it("owes long lists to those who have said nothing, who may follow changes", () => {
  const presence = new Presence();
  for (let user = 0; user < 20_000; user++) presence.addUser(user);
  const open = () => {
    const inbox = new RecordingSubscriber();
    presence.join(inbox);
    return inbox;
  };
  const [legacy, modern, silent, gone] = [open(), open(), open(), open()];
  presence.announce();
  presence.leave(gone);
  expect([legacy, modern, silent].map(({ packets }) => packets.length)).toEqual([0, 0, 0]);
  presence.addUser(30_000);
  presence.announce();
  Object.assign(modern, { extensions: new Set(["presence"]) });
  presence.updateExtensions(modern);
  presence.subscribeToLists(legacy);
  presence.subscribeToLists(legacy);
  vi.advanceTimersByTime(10_000);
  presence.subscribeToLists(silent);
  const heard = [legacy, modern, silent, gone].map(({ packets }) =>
    packets.map(({ text }) => (JSON.parse(text) as Told).data?.length),
  );
  expect(heard).toEqual([[20_001], [], [20_001], []]);
  presence.announce();
  expect([legacy, modern, silent].map(({ packets }) => packets.length)).toEqual([2, 0, 2]);
});

it("does not owe short lists", () => {
  const presence = new Presence();
  const silent = new RecordingSubscriber();
  presence.join(silent);
  new Client(presence, 1);
  expect(silent.packets).toHaveLength(1);
});

it("leaves every client with the right list, whatever happens in whatever order", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 5; round++) {
    const presence = new Presence();
    const clients: Client[] = [];
    const elsewhere: number[] = [];
    const modern = () => new Client(presence, random(500), "presence").ask(presence);
    for (let count = 0; count < crowd; count++) clients.push(modern());
    for (let step = 0; step < 400; step++) {
      const kind = random(6);
      if (kind === 0) clients.push(modern());
      else if (kind === 1) clients.push(new Client(presence, random(500)));
      else if (kind === 2) clients.splice(random(clients.length), 1)[0]?.close(presence);
      else if (kind === 3) clients[random(clients.length)]?.ask(presence);
      else if (kind === 4) presence.addUser(elsewhere[elsewhere.push(random(500)) - 1] ?? 0);
      else if (elsewhere.length > 50) for (const user of elsewhere.splice(0)) presence.removeUser(user);
      if (kind > 3) presence.announce();
      vi.advanceTimersByTime(random(30));
    }
    vi.advanceTimersByTime(30_000);
    const wrong = clients.filter(({ known }) => `${known}` !== `${sorted(presence.users)}`);
    expect({ round, wrong: wrong.map(({ id }) => id) }).toEqual({ round, wrong: [] });
    presence.close();
  }
});
