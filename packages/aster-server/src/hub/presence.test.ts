import type { ExtensionName } from "@asterite/aster-protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Presence } from "./presence.ts";
import { RecordingSubscriber } from "./recording-subscriber.test-support.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Number of delta subscribers for which a push costs more than the burst of the throttle. */
const crowd = 300;

interface PresencePacket {
  readonly command: string;
  readonly data?: readonly number[];
  readonly came?: readonly number[];
  readonly left?: readonly number[];
}

const sorted = (users: Iterable<number>): number[] => [...users].sort((a, b) => a - b);

/** A client that derives the online users from the packets it received. */
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

  /** Requests the list and delivers the reply in the same tick, as the connection does. */
  requestList(presence: Presence): this {
    this.deliver(presence.replyTo(this));
    return this;
  }

  close(presence: Presence): void {
    presence.leave(this);
    if (this.user === undefined) return;
    presence.removeUser(this.user);
    presence.announce();
  }

  takePackets(): PresencePacket[] {
    return this.packets.splice(0).map(({ text }) => JSON.parse(text) as PresencePacket);
  }

  /** Users who are online as far as the client knows. */
  get known(): number[] {
    for (const { command, data, came = [], left = [] } of this.takePackets()) {
      if (command === "online") this.online.clear();
      for (const user of [...(data ?? []), ...came]) this.online.add(user);
      for (const user of left) this.online.delete(user);
    }
    return sorted(this.online);
  }
}

it("sends the whole list at each login to clients without the extension, logged in or not", () => {
  const presence = new Presence();
  const anonymous = new Client(presence);
  const first = new Client(presence, 1);
  const second = new Client(presence, 1, "typing");
  const other = new Client(presence, 2);
  expect(anonymous.takePackets().map(({ data }) => data)).toEqual([[1], [1], [1, 2]]);
  expect(first.takePackets().map(({ data }) => data)).toEqual([[1], [1], [1, 2]]);
  expect(second.takePackets().map(({ data }) => data)).toEqual([[1], [1, 2]]);
  other.close(presence);
  expect(second.takePackets()).toEqual([{ command: "online", status: 200, data: [1] }]);
});

it("sends clients with the extension only changes, and nothing before they request the list", () => {
  const presence = new Presence();
  const deltaSubscriber = new Client(presence, 1, "presence");
  const other = new Client(presence, 2);
  expect(deltaSubscriber.takePackets()).toEqual([]);
  deltaSubscriber.requestList(presence);
  expect(deltaSubscriber.takePackets()).toEqual([{ command: "online", status: 200, data: [1, 2] }]);
  const again = new Client(presence, 2);
  again.close(presence);
  presence.addUser(3);
  other.close(presence);
  presence.announce();
  expect(deltaSubscriber.takePackets()).toEqual([{ command: "presence", status: 200, came: [3], left: [2] }]);
});

it("starts over when a client sends hello again", () => {
  const presence = new Presence();
  const client = new Client(presence, 1, "presence").requestList(presence);
  Object.assign(client, { extensions: new Set() });
  presence.updateExtensions(client);
  const other = new Client(presence, 2, "presence");
  expect(client.takePackets().map(({ data }) => data)).toEqual([[1], [1, 2]]);
  Object.assign(client, { extensions: new Set(["presence"]) });
  presence.updateExtensions(client);
  other.close(presence);
  expect(client.takePackets()).toEqual([]);
  expect(client.requestList(presence).takePackets()).toEqual([{ command: "online", status: 200, data: [1] }]);
});

it("keeps a user online until the last process with a session reports it gone", () => {
  const presence = new Presence();
  const deltaSubscriber = new Client(presence, 1, "presence").requestList(presence);
  const local = new Client(presence, 2);
  presence.addUser(2);
  local.close(presence);
  presence.announce();
  expect(deltaSubscriber.known).toEqual([1, 2]);
  presence.removeUser(2);
  presence.removeUser(2);
  presence.announce();
  expect(deltaSubscriber.known).toEqual([1]);
});

describe("with many delta subscribers", () => {
  function crowded() {
    const presence = new Presence();
    const deltaSubscribers = Array.from({ length: crowd }, (_, user) =>
      new Client(presence, user, "presence").requestList(presence),
    );
    vi.advanceTimersByTime(20_000);
    for (const deltaSubscriber of deltaSubscribers)
      expect(deltaSubscriber.known).toEqual(sorted(presence.users));
    return { presence, deltaSubscribers };
  }

  /** Enough logins to use up the burst, so that the next change is delayed. */
  const logInMany = (presence: Presence): number[] => {
    const users = Array.from({ length: 100 }, (_, index) => 1_000 + index);
    for (const user of users) new Client(presence, user);
    return users;
  };

  it("sends a wave of logins in few batches, without users who came and left in between", () => {
    const { presence, deltaSubscribers } = crowded();
    const many = logInMany(presence);
    const shortVisit = new Client(presence, 5_000);
    shortVisit.close(presence);
    vi.advanceTimersByTime(20_000);
    const packets = deltaSubscribers[7]?.takePackets() ?? [];
    expect(packets.flatMap(({ came }) => came)).toEqual(many);
    expect(packets.flatMap(({ left }) => left)).toEqual([]);
    expect(packets.length).toBeLessThan(10);
  });

  it("includes the requesting user's own arrival before it is in a batch", async () => {
    const { presence, deltaSubscribers } = crowded();
    const announced = logInMany(presence).slice(0, deltaSubscribers[0]?.takePackets().length);
    const late = new Client(presence, 5_001, "presence").requestList(presence);
    const later = new Client(presence, 5_002, "presence").requestList(presence);
    await undefined;
    expect(late.known).toEqual([...Array(crowd).keys(), ...announced, 5_001]);
    expect(later.known).toEqual([...Array(crowd).keys(), ...announced, 5_002]);
    vi.advanceTimersByTime(20_000);
    expect(late.known).toEqual(sorted(presence.users));
    expect(later.known).toEqual(sorted(presence.users));
  });

  it("keeps the list correct when it is requested between a login and its logout", () => {
    const { presence } = crowded();
    logInMany(presence);
    const fickle = new Client(presence, 5_001);
    const asking = new Client(presence, 5_002, "presence").requestList(presence);
    fickle.close(presence);
    expect(asking.known).not.toContain(5_001);
    vi.advanceTimersByTime(20_000);
    expect(asking.known).toEqual(sorted(presence.users));
  });
});

it("withholds long lists from connections that may still negotiate the extension", () => {
  const presence = new Presence();
  for (let user = 0; user < 20_000; user++) presence.addUser(user);
  const open = () => {
    const subscriber = new RecordingSubscriber();
    presence.join(subscriber);
    return subscriber;
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
  const received = [legacy, modern, silent, gone].map(({ packets }) =>
    packets.map(({ text }) => (JSON.parse(text) as PresencePacket).data?.length),
  );
  expect(received).toEqual([[20_001], [], [20_001], []]);
  presence.announce();
  expect([legacy, modern, silent].map(({ packets }) => packets.length)).toEqual([2, 0, 2]);
});

it("does not withhold short lists", () => {
  const presence = new Presence();
  const silent = new RecordingSubscriber();
  presence.join(silent);
  new Client(presence, 1);
  expect(silent.packets).toHaveLength(1);
});

it("leaves every client with the correct list after any sequence of events", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 5; round++) {
    const presence = new Presence();
    const clients: Client[] = [];
    const remoteUsers: number[] = [];
    const modern = () => new Client(presence, random(500), "presence").requestList(presence);
    for (let count = 0; count < crowd; count++) clients.push(modern());
    for (let step = 0; step < 400; step++) {
      const action = random(6);
      if (action === 0) clients.push(modern());
      else if (action === 1) clients.push(new Client(presence, random(500)));
      else if (action === 2) clients.splice(random(clients.length), 1)[0]?.close(presence);
      else if (action === 3) clients[random(clients.length)]?.requestList(presence);
      else if (action === 4) presence.addUser(remoteUsers[remoteUsers.push(random(500)) - 1] ?? 0);
      else if (remoteUsers.length > 50) for (const user of remoteUsers.splice(0)) presence.removeUser(user);
      if (action > 3) presence.announce();
      vi.advanceTimersByTime(random(30));
    }
    vi.advanceTimersByTime(30_000);
    const wrong = clients.filter(({ known }) => `${known}` !== `${sorted(presence.users)}`);
    expect({ round, wrong: wrong.map(({ id }) => id) }).toEqual({ round, wrong: [] });
    presence.close();
  }
});

it("sends nothing to a client that has left", () => {
  const presence = new Presence();
  const gone = new Client(presence, 1, "presence").requestList(presence);
  const stays = new Client(presence, 2, "presence").requestList(presence);
  gone.close(presence);
  gone.takePackets();
  new Client(presence, 3);
  expect([gone.takePackets(), stays.known]).toEqual([[], [2, 3]]);
});

it("leaves no timer behind when it is closed", () => {
  const presence = new Presence();
  for (let user = 0; user < 20_000; user++) presence.addUser(user);
  presence.join(new RecordingSubscriber());
  for (let user = 0; user < 300; user++)
    new Client(presence, 20_000 + user, "presence").requestList(presence);
  for (let user = 0; user < 100; user++) new Client(presence, 30_000 + user);
  expect(vi.getTimerCount()).toBe(3);
  presence.close();
  expect(vi.getTimerCount()).toBe(0);
});
