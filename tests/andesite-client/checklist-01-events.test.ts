import { SubscriptionClosed } from "@asterite/andesite/advanced";
// Check-list of the client's contract (section 14), item 1: each row of the events section, with asynchronous
// listeners, errors in listeners and in listeners for errors, chains of children, removal during an emission,
// and bursts. The other items are in the neighbouring files. For item 19, tests also run with the node of
// this project unless they need a misbehaving node; the header of each file names the exceptions.

import {
  ArgumentTypeError,
  type ChildEmitter,
  ListenerError,
  Observable,
  Subscription,
} from "@asterite/observable";
import { describe, expect, it } from "vitest";

class A {
  readonly id: number;
  constructor(id = 0) {
    this.id = id;
  }
}
class B {}
class SubA extends A {}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Listener that records its events. */
const notes = () => {
  const received: object[] = [];
  return { received, listener: (event: object) => void received.push(event) };
};

describe("14.1 Events", () => {
  it("14.1 E1 on: accepts a class, classes, or none, in one or two arguments", async () => {
    const target = new Observable();
    const [one, many, every, object, everyObject] = [notes(), notes(), notes(), notes(), notes()];
    target.on(A, one.listener);
    target.on([A, B], many.listener);
    target.on(null, every.listener);
    target.on({ event: B, callback: object.listener });
    target.on({ callback: everyObject.listener });
    const events = [new A(), new B(), new SubA()];
    for (const event of events) await target.emit(event);
    expect(one.received).toEqual([events[0]]);
    expect(many.received).toEqual([events[0], events[1]]);
    expect(object.received).toEqual([events[1]]);
    expect([every.received, everyObject.received]).toEqual([events, events]);
  });

  it("14.1 E1 on: throws for an invalid or registered callback before it adds any", async () => {
    const target = new Observable();
    const { received, listener } = notes();
    expect(() => target.on(A, undefined as never)).toThrow(TypeError);
    expect(() => target.on(A, 5 as never)).toThrow(TypeError);
    target.on(A, listener);
    expect(() => target.on([B, A], listener)).toThrow(RangeError);
    expect(() => target.once(A, listener)).toThrow(RangeError);
    await target.emit(new B());
    expect(received).toEqual([]);
  });

  it("14.1 E2 once: calls a listener for the first event of its classes, even while it is still running", async () => {
    const target = new Observable();
    const received: object[] = [];
    target.once([A, B], async (event) => {
      received.push(event);
      await turn();
    });
    const first = new A();
    await Promise.all([target.emit(first), target.emit(new A()), target.emit(new B())]);
    await target.emit(new B());
    expect(received).toEqual([first]);
  });

  it("14.1 E3 off: removes by class, callback or both, including listeners of once", async () => {
    const target = new Observable();
    const [a, every, both, kept, once] = [notes(), notes(), notes(), notes(), notes()];
    target.on(A, a.listener);
    target.off(A);
    target.on(null, every.listener);
    target.on(A, every.listener);
    target.off(null, every.listener);
    target.on([A, B], both.listener);
    target.off(A, both.listener);
    target.on(B, kept.listener);
    target.once(B, once.listener);
    target.off({ event: B, callback: once.listener });
    target.off(B, notes().listener);
    const [eventA, eventB] = [new A(), new B()];
    await target.emit(eventA);
    await target.emit(eventB);
    expect([a.received, every.received, both.received, kept.received, once.received]).toEqual([
      [],
      [eventA],
      [eventB],
      [eventB],
      [],
    ]);
    expect(() => target.off({})).toThrow(TypeError);
  });

  it("14.1 E4 emit: waits for all listeners, including those of children, which run concurrently", async () => {
    const [target, child] = [new Observable(), new Observable()];
    target.addChild(child);
    const order: string[] = [];
    const slow = (name: string) => async () => {
      order.push(`${name} starts`);
      await turn();
      order.push(`${name} ends`);
    };
    target.on(A, slow("one"));
    target.on(null, slow("two"));
    child.on(A, slow("child"));
    const emitted = target.emit(new A());
    expect(order).toEqual(["one starts", "two starts", "child starts"]);
    await emitted;
    expect(order.slice(3).sort()).toEqual(["child ends", "one ends", "two ends"]);
  });

  it("14.1 E4 emit: does not reject because of listeners", async () => {
    const target = new Observable();
    target.on(A, () => {
      throw new Error("at once");
    });
    target.on(A, () => Promise.reject(new Error("later")));
    const { received, listener } = notes();
    target.on(A, listener);
    await expect(target.emit(new A())).resolves.toBeUndefined();
    expect(received).toHaveLength(1);
  });

  it("14.1 E5 addChild: forwards events down a chain, not up, and rejects cycles", async () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    const [up, down] = [notes(), notes()];
    top.on(A, up.listener);
    bottom.on(A, down.listener);
    const [fromTop, fromBottom] = [new A(), new A()];
    await top.emit(fromTop);
    await bottom.emit(fromBottom);
    expect([up.received, down.received]).toEqual([[fromTop], [fromTop, fromBottom]]);
    for (const [parent, child] of [
      [top, top],
      [top, middle],
      [top, bottom],
      [middle, top],
      [bottom, top],
    ] as const) {
      expect(() => parent.addChild(child)).toThrow(RangeError);
    }
  });

  it("14.1 E6 removeChild: removes only a direct child", async () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    expect(() => top.removeChild(bottom)).toThrow(RangeError);
    top.removeChild(middle);
    expect(() => top.removeChild(middle)).toThrow(RangeError);
    const { received, listener } = notes();
    bottom.on(A, listener);
    await top.emit(new A());
    expect(received).toEqual([]);
  });

  it("14.1 E7 hasChild: is true for itself, direct and indirect children", () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    expect([top, middle, bottom].map((emitter) => top.hasChild(emitter))).toEqual([true, true, true]);
    expect([bottom.hasChild(top), top.hasChild(new Observable())]).toEqual([false, false]);
  });

  it("14.1 E8 subscribe: buffers a burst in order", async () => {
    const target = new Observable();
    using one = target.subscribe(A);
    using all = target.subscribe();
    const burst = Array.from({ length: 5_000 }, (_, id) => new A(id));
    for (const event of burst) void target.emit(event);
    await target.emit(new B());
    for (const { id } of burst) expect((await one.next()).id).toBe(id);
    const read = [];
    for await (const event of all) {
      read.push(event);
      if (event instanceof B) break;
    }
    expect(read).toHaveLength(5_001);
  });

  it("14.1 E9 passes the event object itself to all observers", async () => {
    const [target, child] = [new Observable(), new Observable()];
    target.addChild(child);
    const [own, inherited] = [notes(), notes()];
    target.on(A, own.listener);
    child.once(A, inherited.listener);
    using subscription = target.subscribe(A);
    const event = new A();
    await target.emit(event);
    expect(own.received[0]).toBe(event);
    expect(inherited.received[0]).toBe(event);
    expect(await subscription.next()).toBe(event);
  });

  it("14.1 E10 next: supports sync and async predicates, and gives concurrent callers different events", async () => {
    const target = new Observable();
    const subscription = target.subscribe(A);
    const even = subscription.next({ predicate: ({ id }) => id % 2 === 0 });
    const large = subscription.next({ predicate: ({ id }) => turn().then(() => id > 2) });
    const rest = subscription.next();
    for (const id of [1, 2, 3]) void target.emit(new A(id));
    expect([(await rest).id, (await even).id, (await large).id]).toEqual([1, 2, 3]);
    subscription.unsubscribe();
    await expect(subscription.next()).rejects.toThrow(SubscriptionClosed);
  });

  it("14.1 E11 first: unsubscribes after success and failure", async () => {
    const target = new Observable();
    const [good, bad] = [target.subscribe(A), target.subscribe(A)];
    const [first, failed] = [
      good.first({ predicate: ({ id }) => id === 2 }),
      bad.first({
        predicate: () => {
          throw new Error("no");
        },
      }),
    ];
    const outcome = failed.catch(String);
    for (const id of [1, 2]) void target.emit(new A(id));
    expect([(await first).id, await outcome]).toEqual([2, "Error: no"]);
    expect([good.closed, bad.closed]).toEqual([true, true]);
  });

  it("14.1 E12 has subscriptions that are not promises; first() is", async () => {
    const target = new Observable();
    const subscription = target.subscribe(A);
    expect("then" in subscription).toBe(false);
    const event = new A();
    void target.emit(event);
    expect(await subscription.first()).toBe(event);
  });

  it("14.1 E13 iteration: ends with the subscription, and ends it", async () => {
    const target = new Observable();
    const [ended, left] = [target.subscribe(A), target.subscribe(A)];
    const reading = (async () => {
      const ids = [];
      for await (const { id } of ended) ids.push(id);
      return ids;
    })();
    for (const id of [1, 2]) await target.emit(new A(id));
    await turn();
    ended.unsubscribe();
    expect(await reading).toEqual([1, 2]);
    for await (const { id } of left) if (id === 1) break;
    expect(left.closed).toBe(true);
  });

  it("14.1 E14 using: unsubscribes at the end of the block", () => {
    const target = new Observable();
    let kept: Subscription<A>;
    {
      using subscription = target.subscribe(A);
      kept = subscription;
      expect(kept.closed).toBe(false);
    }
    expect(kept.closed).toBe(true);
  });

  it("14.1 E15 unsubscribe: rejects waiting callers, and may be repeated", async () => {
    const subscription = new Observable().subscribe(A);
    const waiting = [subscription.next(), subscription.next()].map((promise) => promise.catch(String));
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(await Promise.all(waiting)).toEqual(
      new Array(2).fill("SubscriptionClosed: the subscription is closed"),
    );
  });

  it("14.1 E16 ListenerError: is emitted on the emitter and its children, but not for its own listeners", async () => {
    const [target, child] = [new Observable(), new Observable()];
    target.addChild(child);
    const errors: ListenerError[] = [];
    const inherited: ListenerError[] = [];
    target.on(ListenerError, (error) => {
      errors.push(error);
      throw new Error("again");
    });
    child.on(ListenerError, (error) => {
      inherited.push(error);
      return Promise.reject(new Error("and again"));
    });
    const listener = () => {
      throw new Error("first");
    };
    target.on(A, listener);
    const event = new A();
    await target.emit(event);
    await turn();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ event, listener, error: new Error("first") });
    expect(inherited).toEqual(errors);
  });

  it("14.1 E16 ListenerError: does not delay emit", async () => {
    const target = new Observable();
    target.on(ListenerError, () => new Promise(() => {}));
    target.on(A, () => Promise.reject(new Error("no")));
    await expect(target.emit(new A())).resolves.toBeUndefined();
  });

  it("14.1 E17 throws a TypeError for classes that are not allowed, except ListenerError", async () => {
    const target = new Observable<A>({ events: [A] });
    await expect(target.emit(new B() as never)).rejects.toThrow(ArgumentTypeError);
    expect(() => target.on(B as never, () => {})).toThrow(TypeError);
    expect(() => target.subscribe([A, B] as never)).toThrow(TypeError);
    const error = target.subscribe(ListenerError).first();
    target.on(A, () => {
      throw new Error("no");
    });
    await target.emit(new A());
    expect(await error).toBeInstanceOf(ListenerError);
  });

  it("14.1 E18 accepts all objects with emit as children, and returns a Subscription from subscribe", async () => {
    const target = new Observable();
    const { received, listener } = notes();
    const child: ChildEmitter = { emit: listener };
    target.addChild(child);
    const event = new A();
    await target.emit(event);
    expect(received).toEqual([event]);
    using subscription = target.subscribe(A);
    expect(subscription).toBeInstanceOf(Subscription);
  });

  it("14.1 E19 throws for selectors other than a class or a list of classes", () => {
    const target = new Observable();
    for (const selector of [5, "A", {}, () => {}, [A, 5]]) {
      expect(() => target.subscribe(selector as never)).toThrow(TypeError);
      expect(() => target.on(selector as never, () => {})).toThrow(TypeError);
    }
  });

  it("14.1 does not call a listener that was removed during an emission", async () => {
    const target = new Observable();
    const [removed, kept, added] = [notes(), notes(), notes()];
    target.on(A, () => {
      target.off(A, removed.listener);
      target.on(A, added.listener);
    });
    target.on(A, removed.listener);
    target.on(A, kept.listener);
    await target.emit(new A());
    expect([removed.received.length, kept.received.length, added.received.length]).toEqual([0, 1, 0]);
  });
});
