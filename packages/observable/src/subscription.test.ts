import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentRangeError, SubscriptionClosed, SubscriptionOverflow } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import { allowSubscriptions, endSubscriptions, Observable } from "./observable.ts";

class Count {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
class Other {}

const emitAll = (observable: Observable, from: number, to: number) => {
  for (let value = from; value <= to; value++) void observable.emit(new Count(value));
};

describe("next", () => {
  it("returns earlier and later events in order, and loses none of a burst", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    emitAll(observable, 1, 5_000);
    void observable.emit(new Other());
    for (let value = 1; value <= 5_000; value++) expect((await subscription.next()).value).toBe(value);
    const waiting = subscription.next();
    emitAll(observable, 6, 6);
    expect((await waiting).value).toBe(6);
  });

  it("gives concurrent callers different events, in the order of their calls", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe([Count, Other]);
    const waiting = [subscription.next(), subscription.next(), subscription.next()];
    emitAll(observable, 1, 2);
    void observable.emit(new Other());
    expect(await Promise.all(waiting)).toEqual([new Count(1), new Count(2), new Other()]);
  });

  it("returns events of all classes without a selector", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe();
    void observable.emit(new Other());
    emitAll(observable, 1, 1);
    expect([await subscription.next(), await subscription.next()]).toEqual([new Other(), new Count(1)]);
  });

  it.each([
    ["sync", (event: Count) => event.value === 3],
    ["async", async (event: Count) => (await Promise.resolve(event.value)) === 3],
  ])("skips events that a %s predicate does not accept", async (_, predicate) => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    emitAll(observable, 1, 2);
    const waiting = subscription.next({ predicate });
    emitAll(observable, 3, 4);
    expect((await waiting).value).toBe(3);
    expect((await subscription.next()).value).toBe(4);
  });

  it("offers an event to waiting callers until one accepts it", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    const two = subscription.next({ predicate: (event) => event.value === 2 });
    const one = subscription.next({ predicate: async (event) => event.value === 1 });
    const any = subscription.next();
    emitAll(observable, 1, 3);
    expect(await Promise.all([two, one, any])).toEqual([new Count(2), new Count(1), new Count(3)]);
  });

  it("keeps an event whose predicate throws, rejects or is aborted", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    emitAll(observable, 1, 1);
    const thrown = new Error("x");
    const throws = () => {
      throw thrown;
    };
    await expect(subscription.next({ predicate: throws })).rejects.toBe(thrown);
    await expect(subscription.next({ predicate: () => Promise.reject(thrown) })).rejects.toBe(thrown);
    const controller = new AbortController();
    const verdict = Promise.withResolvers<boolean>();
    const given = subscription.next({ predicate: () => verdict.promise, signal: controller.signal });
    controller.abort(thrown);
    await expect(given).rejects.toBe(thrown);
    const next = subscription.next();
    verdict.resolve(true);
    expect((await next).value).toBe(1);
  });

  it("rejects with the reason of its signal and releases the signal", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    const controller = new AbortController();
    const waiting = subscription.next({ signal: controller.signal });
    emitAll(observable, 1, 1);
    await waiting;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    const aborted = subscription.next({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(subscription.next({ signal: controller.signal })).rejects.toThrow("enough");
    emitAll(observable, 2, 2);
    expect((await subscription.next()).value).toBe(2);
  });
});

describe("first", () => {
  it("unsubscribes afterwards, even after a failure", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    const first = subscription.first({ predicate: ({ value }) => value > 1 });
    emitAll(observable, 1, 3);
    expect((await first).value).toBe(2);
    expect(subscription.closed).toBe(true);

    const failing = observable.subscribe(Count);
    const failed = failing.first({ predicate: () => Promise.reject(new Error("x")) });
    emitAll(observable, 1, 1);
    await expect(failed).rejects.toThrow("x");
    expect(failing.closed).toBe(true);
  });
});

describe("unsubscribe", () => {
  it("rejects waiting and later callers, drops unread events, and may be repeated", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    const waiting = [
      subscription.next(),
      subscription.next({ predicate: () => new Promise<boolean>(() => {}) }),
    ];
    const outcomes = Promise.allSettled(waiting);
    subscription.unsubscribe();
    subscription.unsubscribe();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(SubscriptionClosed) });
    }
    emitAll(observable, 1, 1);
    await expect(subscription.next()).rejects.toBeInstanceOf(SubscriptionClosed);
  });

  it("rejects a caller whose predicate never settles", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    const waiting = subscription.next({ predicate: () => new Promise<boolean>(() => {}) });
    emitAll(observable, 1, 1);
    subscription.unsubscribe();
    await expect(waiting).rejects.toBeInstanceOf(SubscriptionClosed);
  });

  it("is called at the end of a using block, and when the signal aborts", async () => {
    const observable = new Observable();
    let outer: { closed: boolean };
    {
      using subscription = observable.subscribe(Count);
      outer = subscription;
    }
    expect(outer.closed).toBe(true);

    const controller = new AbortController();
    const subscription = observable.subscribe(Count, { signal: controller.signal });
    const waiting = subscription.next();
    controller.abort("reason");
    await expect(waiting).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED", cause: "reason" });
    expect(observable.subscribe(Count, { signal: controller.signal }).closed).toBe(true);
    const { signal } = new AbortController();
    observable.subscribe(Count, { signal }).unsubscribe();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("iteration", () => {
  it("ends when unsubscribed", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    emitAll(observable, 1, 3);
    const seen: number[] = [];
    for await (const { value } of subscription) {
      seen.push(value);
      if (value === 3) queueMicrotask(() => subscription.unsubscribe());
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it("unsubscribes when left early", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count);
    emitAll(observable, 1, 3);
    for await (const { value } of subscription) {
      if (value === 2) break;
    }
    expect(subscription.closed).toBe(true);
  });
});

describe("the limit", () => {
  it("ends the subscription with an error after the buffered events", async () => {
    const observable = new Observable();
    const subscription = observable.subscribe(Count, { limit: 3 });
    emitAll(observable, 1, 5);
    expect(subscription.closed).toBe(true);
    const seen: number[] = [];
    const reading = async () => {
      for await (const { value } of subscription) seen.push(value);
    };
    await expect(reading()).rejects.toMatchObject({ code: "SUBSCRIPTION_OVERFLOW", limit: 3 });
    expect(seen).toEqual([1, 2, 3]);
    await expect(subscription.next()).rejects.toBeInstanceOf(SubscriptionOverflow);
  });

  it.each([0, -1, Number.NaN])("must not be %s", (limit) => {
    expect(() => new Observable().subscribe(Count, { limit })).toThrow(ArgumentRangeError);
  });
});

describe("properties", () => {
  it("reads exactly the emitted events for any interleaving of reads and emissions", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom("emit", "read", "tick")), async (steps) => {
        const observable = new Observable();
        const subscription = observable.subscribe(Count);
        const reads: Promise<Count>[] = [];
        let emitted = 0;
        for (const step of steps) {
          if (step === "emit") void observable.emit(new Count(emitted++));
          else if (step === "read") reads.push(subscription.next());
          else await Promise.resolve();
        }
        while (emitted < reads.length) void observable.emit(new Count(emitted++));
        while (reads.length < emitted) reads.push(subscription.next());
        const values = (await Promise.all(reads)).map(({ value }) => value);
        expect(values).toEqual(Array.from({ length: emitted }, (_, index) => index));
      }),
    );
  });

  it("behaves like an array", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("push", "shift", "unshift"), { maxLength: 200 }), (steps) => {
        const queue = new EventQueue<Count>();
        const model: Count[] = [];
        steps.forEach((step, index) => {
          const event = new Count(index);
          if (step === "push") {
            queue.push(event);
            model.push(event);
          } else if (step === "unshift") {
            queue.unshift(event);
            model.unshift(event);
          } else {
            expect(queue.shift()).toBe(model.shift());
          }
          expect(queue.size).toBe(model.length);
        });
      }),
    );
  });
});

it("ends with `await using`", async () => {
  const observable = new Observable();
  const outer = await (async () => {
    await using subscription = observable.subscribe();
    return subscription;
  })();
  expect(outer.closed).toBe(true);
});

it("rejects reading with an unknown option or a wrong signal", async () => {
  const subscription = new Observable().subscribe();
  await expect(subscription.next({ predicat: () => true } as never)).rejects.toThrow("predicat");
  await expect(subscription.next({ signal: 5 as never })).rejects.toThrow("signal");
});

describe("endSubscriptions", () => {
  it("rejects waiting and later calls after the unread events, until subscriptions are allowed again", async () => {
    const observable = new Observable();
    const [waiting, unread] = [observable.subscribe(Other), observable.subscribe(Count)];
    const [first, next] = [waiting.first(), observable.subscribe(null).next({ predicate: () => false })];
    emitAll(observable, 1, 2);
    endSubscriptions(observable);
    await expect(first).rejects.toThrow(SubscriptionClosed);
    await expect(next).rejects.toThrow(SubscriptionClosed);
    expect([waiting.closed, unread.closed]).toEqual([true, true]);
    emitAll(observable, 3, 3);
    const read: number[] = [];
    for await (const { value } of unread) read.push(value);
    expect(read).toEqual([1, 2]);
    await expect(unread.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    const later = observable.subscribe(Count);
    expect(later.closed).toBe(true);
    await expect(later.first()).rejects.toThrow(SubscriptionClosed);
    allowSubscriptions(observable);
    const again = observable.subscribe(Count).first();
    emitAll(observable, 4, 4);
    expect((await again).value).toBe(4);
    expect(later.closed).toBe(true);
  });

  it("leaves an event to the predicate that decides on it", async () => {
    const observable = new Observable();
    const verdict = Promise.withResolvers<boolean>();
    const subscription = observable.subscribe(Count);
    const accepted = subscription.next({ predicate: () => verdict.promise });
    const other = subscription.next();
    emitAll(observable, 1, 1);
    endSubscriptions(observable);
    verdict.resolve(true);
    expect((await accepted).value).toBe(1);
    await expect(other).rejects.toThrow(SubscriptionClosed);
  });
});
