import { emitWarning } from "#platform";
import type { ListenArguments } from "./arguments.ts";
import { ArgumentRangeError, ArgumentTypeError, ListenerError } from "./errors.ts";
import { type Callback, type Entry, type Key, ListenerTable } from "./listener-table.ts";
import { EventWarning, ListenerWarning } from "./listener-warning.ts";
import type { Emitter } from "./observable-like.ts";
import { Subscription } from "./subscription.ts";
import type { ChildEmitter, EventClass, Listener, SubscribeOptions } from "./types.ts";

const done = Promise.resolve();
/** Cores by their observable. A private field would not exist on instances of `makeObservable` classes. */
const cores = new WeakMap<ChildEmitter<never>, ObservableCore>();
/** Keys of a listener of all classes. */
export const everyEvent: readonly Key[] = /* @__PURE__ */ Object.freeze([null]);

/**
 * Implementation of an observable, separate from its class so that classes with another parent can use it.
 */
export class ObservableCore {
  readonly #owner: ChildEmitter<never>;
  readonly #allowed: ReadonlySet<Key> | null;
  readonly #subscriptions = new ListenerTable();
  readonly #once = new ListenerTable();
  readonly #listeners = new ListenerTable();
  readonly #children = new Set<ChildEmitter<never>>();
  /** Functions that end the open subscriptions. */
  readonly #ends = new Set<() => void>();
  #isEnded = false;

  /** @param owner - The observable, for the comparison with other emitters. */
  constructor(owner: ChildEmitter<never>, allowed: ReadonlySet<Key> | null) {
    requireEmitter(owner);
    this.#owner = owner;
    this.#allowed = allowed;
    cores.set(owner, this);
  }

  /** Returns the core of an observable, and creates one that allows all classes if it has none. */
  static of(observable: ChildEmitter<never>): ObservableCore {
    return cores.get(observable) ?? new ObservableCore(observable, null);
  }

  add(isOnce: boolean, { keys: given, callback, signal }: ListenArguments): void {
    const keys = given ?? everyEvent;
    if (!callback) throw new ArgumentTypeError("INVALID_LISTENER", "callback", "must be a function");
    this.#checkAllowed(keys);
    for (const key of keys) {
      if (this.#once.has(key, callback) || this.#listeners.has(key, callback)) {
        const where = key ? key.name : "every event";
        throw new ArgumentRangeError("LISTENER_EXISTS", "callback", `is already registered for ${where}`);
      }
    }
    if (signal?.aborted) return;
    const table = isOnce ? this.#once : this.#listeners;
    const registration = table.add(keys, callback);
    if (!signal) return;
    const onAbort = () => table.removeRegistration(registration);
    signal.addEventListener("abort", onAbort, { once: true });
    // A signal may outlive the listener and must not keep it in memory.
    registration.onRemoved = () => signal.removeEventListener("abort", onAbort);
  }

  remove({ keys, callback }: ListenArguments): void {
    if (!keys && !callback) {
      throw new ArgumentTypeError("INVALID_LISTENER", "callback", "is required without event");
    }
    for (const key of keys ?? everyEvent) {
      this.#once.remove(key, callback);
      this.#listeners.remove(key, callback);
    }
  }

  emit(event: object): Promise<void> {
    const key = classOf(event);
    if (!key || (this.#allowed && !this.#allowed.has(key))) {
      const message = key ? `${key.name} is not allowed here` : "must be an instance of a class";
      return Promise.reject(
        new ArgumentTypeError(key ? "EVENT_NOT_ALLOWED" : "INVALID_EVENT", "event", message),
      );
    }
    const pending: PromiseLike<unknown>[] = [];
    this.#callAll(this.#subscriptions.list(key), event, pending);
    this.#callAll(this.#subscriptions.list(null), event, pending);
    this.#callOnce(this.#once.list(key), event, pending);
    this.#callOnce(this.#once.list(null), event, pending);
    this.#callAll(this.#listeners.list(key), event, pending);
    this.#callAll(this.#listeners.list(null), event, pending);
    if (this.#children.size > 0) this.#emitToChildren(event, pending);
    return pending.length === 0 ? done : Promise.all(pending).then(ignore);
  }

  addChild(emitter: ChildEmitter<never>): void {
    requireEmitter(emitter);
    if (this.hasChild(emitter)) {
      throw new ArgumentRangeError("CHILD_EXISTS", "emitter", "is already a child of this emitter");
    }
    if (isEmitter(emitter) && emitter.hasChild(this.#owner)) {
      throw new ArgumentRangeError("CHILD_EXISTS", "emitter", "has this emitter as its child");
    }
    this.#children.add(emitter);
  }

  removeChild(emitter: ChildEmitter<never>): void {
    if (!this.#children.delete(emitter)) {
      throw new ArgumentRangeError("CHILD_MISSING", "emitter", "is not a direct child of this emitter");
    }
  }

  hasChild(emitter: ChildEmitter<never>): boolean {
    if (emitter === this.#owner || this.#children.has(emitter)) return true;
    for (const child of this.#children) {
      if (isEmitter(child) && child.hasChild(emitter)) return true;
    }
    return false;
  }

  subscribe(keys: readonly Key[], options?: SubscribeOptions): Subscription {
    this.#checkAllowed(keys);
    const subscription = new Subscription<object>((push, end) => {
      const registration = this.#subscriptions.add(keys, push);
      this.#ends.add(end);
      return () => {
        this.#ends.delete(end);
        this.#subscriptions.removeRegistration(registration);
      };
    }, options);
    if (this.#isEnded) this.endSubscriptions();
    return subscription;
  }

  endSubscriptions(): void {
    this.#isEnded = true;
    for (const end of [...this.#ends]) end();
  }

  allowSubscriptions(): void {
    this.#isEnded = false;
  }

  #checkAllowed(keys: readonly Key[]): void {
    for (const key of keys) {
      if (this.#allowed && !this.#allowed.has(key)) {
        throw new ArgumentTypeError("EVENT_NOT_ALLOWED", "event", `${key?.name} is not allowed here`);
      }
    }
  }

  #callAll(entries: readonly Entry[], event: object, pending: PromiseLike<unknown>[]): void {
    for (const entry of entries) {
      if (!entry.isRemoved) this.#call(entry.callback, event, pending);
    }
  }

  #callOnce(entries: readonly Entry[], event: object, pending: PromiseLike<unknown>[]): void {
    for (const entry of entries) {
      if (entry.isRemoved) continue;
      this.#once.removeRegistration(entry.registration);
      this.#call(entry.callback, event, pending);
    }
  }

  #call(callback: Callback, event: object, pending: PromiseLike<unknown>[]): void {
    try {
      const result = callback(event);
      if (isThenable(result)) {
        pending.push(result.then(ignore, (error: unknown) => this.#reportError(event, callback, error)));
      }
    } catch (error) {
      this.#reportError(event, callback, error);
    }
  }

  #emitToChildren(event: object, pending: PromiseLike<unknown>[]): void {
    for (const child of [...this.#children]) {
      try {
        const result: unknown = (child as ChildEmitter).emit(event);
        if (isThenable(result)) {
          pending.push(result.then(ignore, (error: unknown) => this.#reportError(event, child, error)));
        }
      } catch (error) {
        this.#reportError(event, child, error);
      }
    }
  }

  emitFailure(event: object, error: unknown): Promise<void> {
    const key = classOf(event);
    if (!this.hasListener(key) && !this.hasListener(null)) {
      emitWarning(new EventWarning(`${key?.name} without a listener`, error));
    }
    return this.emit(event);
  }

  #reportError(event: object, listener: Listener<never> | ChildEmitter<never>, error: unknown): void {
    const failure = new ListenerError(event, listener, error);
    // A `ListenerError` about a listener of that event would be endless.
    const isEmitted = !(event instanceof ListenerError) && this.hasListener(ListenerError);
    if (!isEmitted) emitWarning(new ListenerWarning(failure));
    // Not awaited by the emission. Cannot reject, because ListenerError is always allowed.
    if (!(event instanceof ListenerError)) void this.emit(failure);
  }

  /** Returns whether this observable or a child has a listener or subscription for exactly a class. */
  hasListener(key: Key): boolean {
    const tables = [this.#subscriptions, this.#once, this.#listeners];
    if (tables.some((table) => table.list(key).length > 0)) return true;
    for (const child of this.#children) {
      const core = cores.get(child);
      if (core?.hasListener(key)) return true;
    }
    return false;
  }
}

const ignore = (): void => {};

const classOf = (event: unknown): EventClass | null => {
  if (typeof event !== "object" || event === null) return null;
  const made: unknown = Object.getPrototypeOf(event)?.constructor;
  return typeof made === "function" ? (made as unknown as EventClass) : null;
};

function requireEmitter(emitter: ChildEmitter<never>): void {
  if (typeof emitter?.emit === "function") return;
  throw new ArgumentTypeError("INVALID_EMITTER", "emitter", "must have a method emit");
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

const isEmitter = (emitter: ChildEmitter<never>): emitter is Emitter<never> =>
  "hasChild" in emitter && typeof emitter.hasChild === "function";
