import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ListenerError } from "./errors.ts";
import { emitFailure, Observable } from "./observable.ts";

class A {
  readonly value = 0;
}
class B {
  readonly text = "b";
}

/** Collects the warnings of the process during a test. */
async function collectWarnings(): Promise<Error[]> {
  // Those of earlier tests.
  await warningsEmitted();
  const warnings: Error[] = [];
  const add = (warning: Error) => void warnings.push(warning);
  process.on("warning", add);
  onTestFinished(() => void process.off("warning", add));
  return warnings;
}

/** Node emits warnings in a later turn of the event loop. */
const warningsEmitted = () => new Promise((resolve) => setImmediate(resolve));

describe("the failure of a listener", () => {
  const failing = function failingListener() {
    throw new Error("mine");
  };

  it("is a warning with the listener's stack when nothing listens for ListenerError", async () => {
    const warnings = await collectWarnings();
    const observable = new Observable();
    observable.on(A, failing);
    observable.on(B, () => Promise.reject(new Error("later")));
    // Listeners of all classes, for example logs, do not handle errors.
    observable.on(null, () => {});
    await observable.emit(new A());
    await observable.emit(new B());
    await warningsEmitted();
    expect(warnings.map(String)).toEqual([
      "ListenerError: a listener of A failed: Error: mine",
      "ListenerError: a listener of B failed: Error: later",
    ]);
    expect(warnings[0]).toMatchObject({
      cause: { message: "mine" },
      detail: expect.stringContaining("failingListener"),
      stack: expect.stringContaining("failingListener"),
    });
  });

  it.each([
    ["a listener", (target: Observable, done: () => void) => target.on(ListenerError, done)],
    [
      "a subscription",
      (target: Observable, done: () => void) => void target.subscribe(ListenerError).first().then(done),
    ],
    [
      "a listener of a child's child",
      (target: Observable, done: () => void) => {
        const [child, grandchild] = [new Observable(), new Observable()];
        target.addChild(child);
        child.addChild(grandchild);
        grandchild.on(ListenerError, done);
      },
    ],
  ])("is no warning when %s handles ListenerError", async (_, listen) => {
    const warnings = await collectWarnings();
    const observable = new Observable();
    observable.on(A, failing);
    const handled = new Promise<void>((resolve) => listen(observable, resolve));
    await observable.emit(new A());
    await handled;
    await warningsEmitted();
    expect(warnings).toEqual([]);
  });

  it("of an event without a listener is a warning with its stack, and none with one", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const observable = new Observable();
    const error = new Error("lost");
    await emitFailure(observable, new A(), error);
    expect(warned.mock.calls).toEqual([
      [expect.objectContaining({ message: "A without a listener: Error: lost", detail: error.stack })],
    ]);
    const seen: object[] = [];
    observable.on(A, (event) => seen.push(event));
    await emitFailure(observable, new A(), error);
    observable.off(A);
    observable.on(null, (event) => seen.push(event));
    await emitFailure(observable, new A(), error);
    expect([seen.length, warned.mock.calls.length]).toEqual([2, 1]);
  });

  it("is a warning when the listener of ListenerError fails", async () => {
    const warnings = await collectWarnings();
    const observable = new Observable();
    observable.on(A, failing);
    observable.on(ListenerError, () => {
      throw new Error("worse");
    });
    await observable.emit(new A());
    await warningsEmitted();
    expect(warnings.map(String)).toEqual(["ListenerError: a listener of ListenerError failed: Error: worse"]);
  });
});
