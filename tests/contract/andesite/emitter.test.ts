// The event methods of the Andesite document, of each class that has them.

import { Client, ClientBase, HTTPBase, WebSocket, WebSocketBase } from "@asterite/andesite";
import { ListenerError, Observable, Subscription, SubscriptionClosed } from "@asterite/observable";
import { describe, expect, it } from "vitest";
import { closeAfterTest } from "../../support/andesite.ts";

class MyEvent {}
class OtherEvent {}
class ThirdEvent {}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Listener that records its arguments. */
const recorder = () => {
  const calls: unknown[][] = [];
  return { calls, listener: (...args: unknown[]): void => void calls.push(args) };
};

// The clients do not connect: these methods need no node.
const address = "ws://127.0.0.1:9/";
const parts = (): [HTTPBase, WebSocketBase] => [
  new HTTPBase("http://127.0.0.1:9/", null),
  new WebSocketBase(address, "1", null),
];

describe.each(["WebSocket", "ClientBase", "Client"] as const)("%s", (name) => {
  const create = (): Observable =>
    name === "WebSocket"
      ? closeAfterTest(new WebSocket(address, "1", null))
      : closeAfterTest(name === "Client" ? new Client(...parts()) : new ClientBase(...parts()));

  // Shows andesite: WebSocket.add_child
  it("adds a child that receives its events, unless it is one or has the emitter as child", async () => {
    const [emitter, child, grandchild] = [create(), create(), new Observable()];
    const plain = recorder();
    expect(emitter.addChild(child)).toBeUndefined();
    child.addChild(grandchild);
    emitter.addChild({ emit: plain.listener });
    const event = new MyEvent();
    const received = recorder();
    grandchild.on(MyEvent, received.listener);
    await emitter.emit(event);
    expect([received.calls, plain.calls]).toEqual([[[event]], [[event]]]);
    for (const [parent, added] of [
      [emitter, child],
      [emitter, grandchild],
      [child, emitter],
      [grandchild, emitter],
      [emitter, emitter],
    ] as const) {
      expect(() => parent.addChild(added)).toThrow(RangeError);
    }
  });

  // Shows andesite: WebSocket.has_child
  it("knows direct and indirect children, and itself as one", () => {
    const [emitter, child, grandchild] = [create(), create(), new Observable()];
    emitter.addChild(child);
    child.addChild(grandchild);
    expect([emitter, child, grandchild].map((one) => emitter.hasChild(one))).toEqual([true, true, true]);
    expect([grandchild.hasChild(emitter), emitter.hasChild(create())]).toEqual([false, false]);
  });

  // Shows andesite: WebSocket.remove_child
  it("removes a direct child, and throws for any other", async () => {
    const [emitter, child, grandchild] = [create(), create(), new Observable()];
    emitter.addChild(child);
    child.addChild(grandchild);
    const { calls, listener } = recorder();
    child.on(MyEvent, listener);
    expect(() => emitter.removeChild(grandchild)).toThrow(RangeError);
    expect(emitter.removeChild(child)).toBeUndefined();
    await emitter.emit(new MyEvent());
    expect(calls).toEqual([]);
    expect(() => emitter.removeChild(child)).toThrow(RangeError);
  });

  // Shows andesite: WebSocket.emit/0-2,5-7
  it("emits to all observers, in any order, and resolves when all have handled the event", async () => {
    const emitter = create();
    const event = new MyEvent();
    const handled = new Set<string>();
    const slow = (observer: string) => async (received: object) => {
      await turn();
      expect(received).toBe(event);
      handled.add(observer);
    };
    emitter.on(MyEvent, slow("listener of the class"));
    emitter.on(null, slow("listener of all"));
    emitter.once(MyEvent, slow("listener once"));
    emitter.addChild({ emit: slow("child") });
    using subscription = emitter.subscribe(MyEvent);
    expect(await emitter.emit(event)).toBeUndefined();
    expect(handled).toEqual(new Set(["listener of the class", "listener of all", "listener once", "child"]));
    expect(await subscription.next()).toBe(event);
  });

  // Shows andesite: WebSocket.emit/3-4
  it("emits a ListenerError for an error of a listener, and ignores errors while handling that", async () => {
    const emitter = create();
    const errors: ListenerError[] = [];
    emitter.on(ListenerError, (error) => {
      errors.push(error);
      throw new Error("while handling it");
    });
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    emitter.on(MyEvent, () => {
      throw thrown;
    });
    emitter.on(MyEvent, () => Promise.reject(rejected));
    const event = new MyEvent();
    await emitter.emit(event);
    await turn();
    expect(errors.map(({ error }) => error)).toEqual([thrown, rejected]);
    expect(errors.every((error) => error.event === event)).toBe(true);
  });

  // Shows andesite: WebSocket.on
  it("listens to a class, to several classes as if added for each, or to all", async () => {
    const emitter = create();
    const [one, several, each, all] = [recorder(), recorder(), recorder(), recorder()];
    expect(emitter.on(MyEvent, one.listener)).toBeUndefined();
    emitter.on([MyEvent, OtherEvent], several.listener);
    for (const type of [MyEvent, OtherEvent]) emitter.on({ event: type, callback: each.listener });
    emitter.on({ callback: all.listener });
    const events = [new MyEvent(), new OtherEvent(), new ThirdEvent()];
    for (const event of events) await emitter.emit(event);
    expect(one.calls).toEqual([[events[0]]]);
    expect(several.calls).toEqual([[events[0]], [events[1]]]);
    expect(each.calls).toEqual(several.calls);
    expect(all.calls).toEqual(events.map((event) => [event]));
    let isDone = false;
    emitter.on(ThirdEvent, async () => {
      await turn();
      isDone = true;
    });
    await emitter.emit(new ThirdEvent());
    expect(isDone).toBe(true);
  });

  // Shows andesite: WebSocket.once
  it("calls a listener once, as if it were removed after the call", async () => {
    const emitter = create();
    const [one, several, all] = [recorder(), recorder(), recorder()];
    expect(emitter.once(MyEvent, one.listener)).toBeUndefined();
    emitter.once([MyEvent, OtherEvent], several.listener);
    emitter.once({ callback: all.listener });
    const events = [new OtherEvent(), new MyEvent(), new MyEvent()];
    for (const event of events) await emitter.emit(event);
    expect([one.calls, several.calls, all.calls]).toEqual([[[events[1]]], [[events[0]]], [[events[0]]]]);
    let isDone = false;
    emitter.once(MyEvent, async () => {
      await turn();
      isDone = true;
    });
    await emitter.emit(new MyEvent());
    expect(isDone).toBe(true);
  });

  // Shows andesite: WebSocket.off
  it("removes a listener, those of classes, those of all events, and those added with once", async () => {
    const emitter = create();
    const removed = [recorder(), recorder(), recorder(), recorder(), recorder()] as const;
    const [all, ofClass, ofClasses, one, once] = removed;
    const kept = recorder();
    emitter.on({ callback: all.listener });
    emitter.off({ callback: all.listener });
    emitter.on(MyEvent, ofClass.listener);
    expect(emitter.off({ event: MyEvent })).toBeUndefined();
    emitter.on([MyEvent, OtherEvent], ofClasses.listener);
    emitter.off([MyEvent, OtherEvent]);
    emitter.on(MyEvent, one.listener);
    emitter.on(MyEvent, kept.listener);
    emitter.off(MyEvent, one.listener);
    emitter.once(MyEvent, once.listener);
    emitter.off(MyEvent, once.listener);
    await emitter.emit(new MyEvent());
    await emitter.emit(new OtherEvent());
    expect(removed.map(({ calls }) => calls)).toEqual([[], [], [], [], []]);
    expect(kept.calls).toHaveLength(1);
  });

  // Shows andesite: WebSocket.subscribe
  it("subscribes to a class, to several, or to all events", async () => {
    const emitter = create();
    const events = [new MyEvent(), new OtherEvent(), new ThirdEvent()];
    const subscriptions = [
      emitter.subscribe(MyEvent),
      emitter.subscribe([MyEvent, OtherEvent]),
      emitter.subscribe(),
      emitter.subscribe(null),
    ];
    for (const event of events) await emitter.emit(event);
    for (const [index, expected] of [events.slice(0, 1), events.slice(0, 2), events, events].entries()) {
      const subscription = subscriptions[index];
      if (!subscription) throw new Error("no subscription");
      expect(subscription).toBeInstanceOf(Subscription);
      for (const event of expected) expect(await subscription.next()).toBe(event);
      const more = subscription.next();
      subscription.unsubscribe();
      await expect(more).rejects.toThrow(SubscriptionClosed);
    }
  });
});
