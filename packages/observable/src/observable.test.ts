import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, ListenerError } from "./errors.ts";
import {
  allowSubscriptions,
  emitFailure,
  endSubscriptions,
  makeObservable,
  Observable,
} from "./observable.ts";

class A {
  readonly value: number;
  constructor(value = 0) {
    this.value = value;
  }
}
class SubA extends A {}
class B {
  readonly text = "b";
}

const deferred = () => Promise.withResolvers<void>();

describe("on", () => {
  it("calls the listeners of the exact class with the event object itself", async () => {
    const observable = new Observable();
    const seen: unknown[] = [];
    observable.on(A, (event) => seen.push(event));
    const event = new A(1);
    await observable.emit(event);
    await observable.emit(new SubA(2));
    await observable.emit(new B());
    expect(seen).toEqual([event]);
    expect(seen[0]).toBe(event);
  });

  it("registers an array for each class, and null or no event for all classes", async () => {
    const observable = new Observable();
    const seen: string[] = [];
    observable.on([A, B, A], (event) => seen.push(`list ${event.constructor.name}`));
    observable.on(null, (event) => seen.push(`all ${event.constructor.name}`));
    observable.on({ callback: (event) => seen.push(`object ${event.constructor.name}`) });
    observable.on({ event: B, callback: (event) => seen.push(event.text) });
    await observable.emit(new A());
    await observable.emit(new B());
    expect(seen).toEqual(["list A", "all A", "object A", "list B", "b", "all B", "object B"]);
  });

  it.each([
    ["no callback", (o: Observable) => o.on(A, undefined as never), "callback"],
    ["a callback that is not a function", (o: Observable) => o.on(A, {} as never), "callback"],
    ["an arrow function as event", (o: Observable) => o.on((() => 0) as never, () => {}), "event"],
    ["a string as event", (o: Observable) => o.on("A" as never, () => {}), "event"],
    ["a bad class in an array", (o: Observable) => o.once([A, 1 as never], () => {}), "event"],
    ["neither event nor callback in off", (o: Observable) => o.off({}), "callback"],
    ["null alone in off", (o: Observable) => o.off(null as never), "callback"],
  ])("throws for %s", (_, call, field) => {
    const observable = new Observable();
    expect(() => call(observable)).toThrow(ArgumentTypeError);
    expect(() => call(observable)).toThrow(TypeError);
    expect(() => call(observable)).toThrow(expect.objectContaining({ field }));
  });

  it("throws for a callback that is registered already, and then adds it for none of the classes", async () => {
    const observable = new Observable();
    let calls = 0;
    const callback = () => calls++;
    observable.on(B, callback);
    expect(() => observable.on([A, B], callback)).toThrow(ArgumentRangeError);
    expect(() => observable.once(B, callback)).toThrow(RangeError);
    await observable.emit(new A());
    expect(calls).toBe(0);
    observable.on({ callback });
    await observable.emit(new B());
    expect(calls).toBe(2);
  });

  it("removes a listener when its signal aborts, and releases the signal when removed otherwise", async () => {
    const observable = new Observable();
    const controller = new AbortController();
    let calls = 0;
    const callback = () => calls++;
    observable.on([A, B], callback, { signal: controller.signal });
    await observable.emit(new A());
    controller.abort();
    await observable.emit(new A());
    observable.on(A, callback, { signal: controller.signal });
    await observable.emit(new A());
    expect(calls).toBe(1);

    const { signal } = new AbortController();
    observable.on([A, B], callback, { signal });
    observable.once({ event: SubA, callback, signal });
    observable.off(A, callback);
    expect(getEventListeners(signal, "abort")).toHaveLength(2);
    observable.off(B, callback);
    await observable.emit(new SubA());
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("once", () => {
  it("calls a listener only for the first event of an array, and removes it before", async () => {
    const observable = new Observable();
    const seen: object[] = [];
    const gate = deferred();
    observable.once([A, B], async (event) => {
      seen.push(event);
      await gate.promise;
    });
    const first = observable.emit(new A(1));
    await observable.emit(new A(2));
    await observable.emit(new B());
    gate.resolve();
    await first;
    expect(seen).toEqual([new A(1)]);
  });

  it("supports an emission inside the listener", async () => {
    const observable = new Observable();
    let calls = 0;
    observable.once(A, () => {
      calls++;
      return observable.emit(new A());
    });
    await observable.emit(new A());
    expect(calls).toBe(1);
  });
});

describe("off", () => {
  it("removes one listener, all of a class, or a listener of all classes", async () => {
    const observable = new Observable();
    const seen: string[] = [];
    const one = () => seen.push("one");
    const two = () => seen.push("two");
    const reset = () => {
      seen.length = 0;
    };
    observable.on(A, one);
    observable.once(A, two);
    observable.on({ callback: one });
    observable.off({ callback: two });
    observable.off(B, one);
    await observable.emit(new A());
    expect(seen).toEqual(["two", "one", "one"]);
    reset();
    observable.off({ callback: one });
    await observable.emit(new A());
    expect(seen).toEqual(["one"]);
    reset();
    observable.once(A, two);
    observable.off(A, two);
    observable.off(A, one);
    await observable.emit(new A());
    expect(seen).toEqual([]);
    observable.on(A, one);
    observable.once([A, B], two);
    observable.off([A, SubA]);
    await observable.emit(new A());
    expect(seen).toEqual([]);
    await observable.emit(new B());
    expect(seen).toEqual(["two"]);
  });

  it("takes effect during an emission, whereas added listeners get the next one", async () => {
    const observable = new Observable();
    const seen: string[] = [];
    const late = () => seen.push("late");
    const removed = () => seen.push("removed");
    observable.on(A, () => {
      observable.off(A, removed);
      observable.off(A, late);
      observable.on(A, late);
    });
    observable.on(A, removed);
    await observable.emit(new A());
    expect(seen).toEqual([]);
    await observable.emit(new A());
    expect(seen).toEqual([]);
  });
});

describe("emit", () => {
  it("calls listeners without waiting, and resolves after all of them, including those of children", async () => {
    const observable = new Observable();
    const child = new Observable();
    observable.addChild(child);
    const gates = [deferred(), deferred()] as const;
    const seen: string[] = [];
    observable.on(A, async () => {
      seen.push("start");
      await gates[0].promise;
      seen.push("end");
    });
    child.on(A, async () => {
      seen.push("child start");
      await gates[1].promise;
      seen.push("child end");
    });
    const emitted = observable.emit(new A()).then(() => seen.push("emitted"));
    expect(seen).toEqual(["start", "child start"]);
    gates[0].resolve();
    await Promise.resolve();
    gates[1].resolve();
    await emitted;
    expect(seen).toEqual(["start", "child start", "end", "child end", "emitted"]);
  });

  it.each([5, null, undefined, "x", Object.create(null)])("rejects %s, which has no class", async (event) => {
    await expect(new Observable().emit(event as never)).rejects.toThrow(ArgumentTypeError);
  });

  it("emits plain objects under Object", async () => {
    const observable = new Observable();
    const seen: object[] = [];
    observable.on(Object, (event) => seen.push(event));
    await observable.emit({ a: 1 });
    expect(seen).toEqual([{ a: 1 }]);
  });
});

describe("failing listeners", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("x");
      },
    ],
    ["rejects", () => Promise.reject(new Error("x"))],
  ])("become ListenerError when one %s, and others are still called", async (_, fails) => {
    const observable = new Observable();
    const child = new Observable();
    observable.addChild(child);
    const errors: ListenerError[] = [];
    const childErrors: ListenerError[] = [];
    let others = 0;
    observable.on(A, fails);
    observable.on(A, () => others++);
    observable.on(ListenerError, (error) => errors.push(error));
    child.on(ListenerError, (error) => childErrors.push(error));
    const event = new A();
    await observable.emit(event);
    expect(others).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ event, listener: fails, error: new Error("x") });
    expect(childErrors).toEqual(errors);
  });

  it("are reported only by their emitter", async () => {
    const parent = new Observable();
    const child = new Observable();
    parent.addChild(child);
    const seen: string[] = [];
    parent.on(ListenerError, () => seen.push("parent"));
    child.on(ListenerError, () => seen.push("child"));
    child.on(A, () => {
      throw new Error("x");
    });
    await parent.emit(new A());
    expect(seen).toEqual(["child"]);
  });

  it("are ignored while a ListenerError is handled, anywhere in the tree", async () => {
    const parent = new Observable();
    const child = new Observable();
    parent.addChild(child);
    let handled = 0;
    const fails = () => {
      handled++;
      throw new Error("again");
    };
    parent.on(ListenerError, fails);
    parent.on({
      callback: () => {
        throw new Error("always");
      },
    });
    child.on(ListenerError, () => Promise.reject(new Error("again")));
    child.on(ListenerError, fails);
    await parent.emit(new A());
    expect(handled).toBe(2);
  });

  it("do not delay emit until their error is handled", async () => {
    const observable = new Observable();
    observable.on(ListenerError, () => new Promise(() => {}));
    observable.on(A, () => Promise.reject(new Error("x")));
    await observable.emit(new A());
  });

  it("include children that are not observables", async () => {
    const observable = new Observable();
    const errors: unknown[] = [];
    observable.on(ListenerError, ({ error, listener }) => errors.push(error, listener));
    const child = {
      emit: (event: object) => {
        if (event instanceof A) throw new Error("broken child");
      },
    };
    observable.addChild(child);
    await observable.emit(new A());
    expect(errors).toEqual([new Error("broken child"), child]);
  });
});

describe("children", () => {
  it("receive the events of their parent, and not vice versa, until removed", async () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    const seen: string[] = [];
    top.on(A, () => seen.push("top"));
    bottom.on(A, () => seen.push("bottom"));
    await top.emit(new A());
    await bottom.emit(new A());
    expect(seen).toEqual(["top", "bottom", "bottom"]);
    top.removeChild(middle);
    await top.emit(new A());
    expect(seen).toEqual(["top", "bottom", "bottom", "top"]);
  });

  it("include the emitter itself, direct and indirect children", () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    expect([top, middle, bottom].map((emitter) => top.hasChild(emitter))).toEqual([true, true, true]);
    expect(bottom.hasChild(top)).toBe(false);
    expect(top.hasChild({ emit: () => {} })).toBe(false);
  });

  it("must not be the emitter itself, existing or indirect children, parents, or objects without emit", () => {
    const [top, middle, bottom] = [new Observable(), new Observable(), new Observable()];
    top.addChild(middle);
    middle.addChild(bottom);
    expect(() => top.addChild(top)).toThrow(ArgumentRangeError);
    expect(() => top.addChild(middle)).toThrow(ArgumentRangeError);
    expect(() => top.addChild(bottom)).toThrow(ArgumentRangeError);
    expect(() => bottom.addChild(top)).toThrow(ArgumentRangeError);
    expect(() => top.removeChild(bottom)).toThrow(ArgumentRangeError);
    expect(() => top.addChild({} as never)).toThrow(ArgumentTypeError);
    expect(() => top.addChild(null as never)).toThrow(ArgumentTypeError);
  });
});

describe("the `events` option", () => {
  it("rejects other classes, but always allows ListenerError", async () => {
    const observable = new Observable<A>({ events: [A] });
    const errors: ListenerError[] = [];
    observable.on(ListenerError, (error) => errors.push(error));
    observable.on(A, () => {
      throw new Error("x");
    });
    await observable.emit(new A());
    expect(errors).toHaveLength(1);
    expect(() => observable.on(B as never, () => {})).toThrow(ArgumentTypeError);
    expect(() => observable.on([A, SubA], () => {})).toThrow(ArgumentTypeError);
    expect(() => observable.subscribe(SubA)).toThrow(ArgumentTypeError);
    await expect(observable.emit(new SubA())).rejects.toThrow(TypeError);
    expect(() => new Observable({ events: [5 as never] })).toThrow(ArgumentTypeError);
  });
});

describe("makeObservable", () => {
  class Connection {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  const ObservableConnection = makeObservable(
    class extends Connection {
      off() {
        return "own";
      }
    },
  );

  it("makes each instance a separate observable", async () => {
    const [one, two] = [new ObservableConnection("one"), new ObservableConnection("two")];
    const seen: string[] = [];
    one.on(A, () => seen.push(one.name));
    two.once([A, B], () => seen.push(two.name));
    await one.emit(new A());
    await two.emit(new B());
    await two.emit(new B());
    expect(seen).toEqual(["one", "two"]);
    expect(one.off()).toBe("own");
    using subscription = one.subscribe(A);
    void one.emit(new A(3));
    expect((await subscription.next()).value).toBe(3);
  });

  it("makes instances their own children, like all observables", () => {
    const [one, two] = [new ObservableConnection("one"), new Observable()];
    expect(one.hasChild(one)).toBe(true);
    one.addChild(two);
    expect(() => two.addChild(one)).toThrow(ArgumentRangeError);
    expect(() => one.addChild(one)).toThrow(ArgumentRangeError);
  });

  it("makes instances `instanceof Observable`, but not of its subclasses", () => {
    class Derived extends Observable {}
    const connection = new ObservableConnection("c");
    const kinds = [Observable, Connection, Derived];
    expect(kinds.map((kind) => connection instanceof kind)).toEqual([true, true, false]);
    expect(kinds.map((kind) => new Derived() instanceof kind)).toEqual([true, false, true]);
    expect(kinds.map((kind) => new Connection("c") instanceof kind)).toEqual([false, true, false]);
    expect([null, 5, {}].map((value: unknown) => value instanceof Observable)).toEqual([false, false, false]);
  });
});

describe("an argument that would be ignored", () => {
  it.each([
    ["ready", (o: Observable) => o.once("ready" as never, () => {}), "event"],
    ["signl", (o: Observable) => o.on(A, () => {}, { signl: null } as never), "signl"],
    ["once", (o: Observable) => o.on({ event: A, callback: () => {}, once: true } as never), "once"],
    ["a wrong signal", (o: Observable) => o.on(A, () => {}, { signal: {} as never }), "signal"],
    ["a wrong signal", (o: Observable) => o.on({ callback: () => {}, signal: 5 as never }), "signal"],
    ["limt", (o: Observable) => o.subscribe(A, { limt: 5 } as never), "limt"],
    ["a number as options", (o: Observable) => o.subscribe(A, 5 as never), "options"],
    ["event", () => new Observable({ event: [A] } as never), "event"],
  ])("throws and is named: %s", (_, call, field) => {
    expect(() => call(new Observable())).toThrow(ArgumentTypeError);
    expect(() => call(new Observable())).toThrow(expect.objectContaining({ field }));
  });

  it("names the text that is not a class, and the options that are known", () => {
    const observable = new Observable();
    expect(() => observable.once("ready" as never, () => {})).toThrow('not the text "ready"');
    expect(() => observable.subscribe(A, { limt: 5 } as never)).toThrow("known are signal, limit");
  });
});

it("refuses undefined, such as a misspelt class of a module, as the selector", () => {
  const observable = new Observable();
  const module: Readonly<Record<string, typeof A>> = { A };
  const misspelt = module["AA"] as typeof A;
  for (const use of [
    () => observable.on(misspelt, () => {}),
    () => observable.once(misspelt, () => {}),
    () => observable.off(misspelt, () => {}),
    () => observable.subscribe(misspelt),
  ]) {
    expect(use).toThrow(
      expect.objectContaining({
        code: "INVALID_EVENT",
        field: "event",
        message: expect.stringContaining("null"),
      }),
    );
  }
  observable.on(null, () => {});
  observable.once({ callback: () => {} });
  observable.subscribe().unsubscribe();
});

it("refuses an empty array as the selector, whose listener would never run", () => {
  const observable = new Observable();
  const none: (typeof A)[] = [];
  for (const use of [
    () => observable.on(none, () => {}),
    () => observable.once({ event: none, callback: () => {} }),
    () => observable.off(none),
    () => observable.subscribe(none),
  ]) {
    const message = expect.stringContaining("an array of at least one");
    expect(use).toThrow(expect.objectContaining({ code: "INVALID_EVENT", field: "event", message }));
  }
});

it("allows no event with an empty list of events", async () => {
  const observable = new Observable({ events: [] });
  await expect(observable.emit(new A())).rejects.toMatchObject({ code: "EVENT_NOT_ALLOWED" });
});

it.each([null, undefined, 5, "x", {}])("names a value that is no observable: %j", (value) => {
  for (const use of [
    () => emitFailure(value as never, new A(), new Error("lost")),
    () => endSubscriptions(value as never),
    () => allowSubscriptions(value as never),
    () => new Observable().addChild(value as never),
  ]) {
    expect(use).toThrow(expect.objectContaining({ name: "ArgumentTypeError", code: "INVALID_EMITTER" }));
  }
});
