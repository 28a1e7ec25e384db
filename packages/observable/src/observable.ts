import { type ListenArguments, readArguments, readSelector } from "./arguments.ts";
import { ArgumentRangeError, ArgumentTypeError, ListenerError } from "./errors.ts";
import { type Callback, type Entry, type Key, ListenerTable } from "./listener-table.ts";
import type { ChildEmitter, Emitter, ObservableLike } from "./observable-like.ts";
import { Subscription } from "./subscription.ts";
import type {
  EventClass,
  EventSelector,
  Listener,
  ListenOptions,
  SelectedEvent,
  SubscribeOptions,
} from "./types.ts";

/** Options of {@link Observable}. */
export interface ObservableOptions<Event extends object = object> {
  /**
   * The only classes that may be emitted and observed, beside {@link ListenerError}. Default: every class.
   */
  readonly events?: Iterable<EventClass<Event>> | null | undefined;
}

const done = Promise.resolve();
const everyEvent: readonly Key[] = Object.freeze([null]);

/**
 * Hands events, which are instances of classes, to those who listen for their exact class.
 *
 * A failing listener never disturbs the emitter or other listeners: it becomes a {@link ListenerError} event.
 */
export class Observable<Event extends object = object> implements ObservableLike<Event> {
  readonly #allowed: ReadonlySet<Key> | null;
  readonly #subscriptions = new ListenerTable();
  readonly #once = new ListenerTable();
  readonly #listeners = new ListenerTable();
  readonly #children = new Set<ChildEmitter<never>>();

  constructor(options?: ObservableOptions<Event> | null) {
    const events = options?.events;
    this.#allowed = events ? new Set<Key>([...(readSelector([...events]) ?? []), ListenerError, null]) : null;
  }

  /**
   * Adds a listener for events of a class, of each class in an array, or (with null) of every class.
   *
   * @throws ArgumentTypeError when the callback is missing or no function, or the selector is no class or
   *   names one that this observable does not allow.
   * @throws ArgumentRangeError when the callback is registered already for one of the classes; then it is
   *   added for none of them.
   */
  on<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    callback: Listener<SelectedEvent<Selector>>,
    options?: ListenOptions,
  ): void;
  on(event: null, callback: Listener<Event | ListenerError>, options?: ListenOptions): void;
  on<const Selector extends EventSelector<Event | ListenerError>>(
    registration: { event: Selector; callback: Listener<SelectedEvent<Selector>> } & ListenOptions,
  ): void;
  on(registration: { event?: null; callback: Listener<Event | ListenerError> } & ListenOptions): void;
  on(first: unknown, second?: unknown, options?: ListenOptions): void {
    this.#add(this.#listeners, readArguments(first, second, options));
  }

  /**
   * Like {@link on}, for the first matching event only. The listener is removed, from all classes of an array,
   * before it runs, so an event that arrives while it runs does not reach it.
   */
  once<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    callback: Listener<SelectedEvent<Selector>>,
    options?: ListenOptions,
  ): void;
  once(event: null, callback: Listener<Event | ListenerError>, options?: ListenOptions): void;
  once<const Selector extends EventSelector<Event | ListenerError>>(
    registration: { event: Selector; callback: Listener<SelectedEvent<Selector>> } & ListenOptions,
  ): void;
  once(registration: { event?: null; callback: Listener<Event | ListenerError> } & ListenOptions): void;
  once(first: unknown, second?: unknown, options?: ListenOptions): void {
    this.#add(this.#once, readArguments(first, second, options));
  }

  /**
   * Removes a listener from classes; every listener of classes when no callback is given; or, without classes,
   * the listener that was added for every event. What is not registered is ignored.
   *
   * @throws ArgumentTypeError when neither is given.
   */
  off(event: EventSelector, callback?: Listener<never> | null): void;
  off(event: null, callback: Listener<never>): void;
  off(registration: { event?: EventSelector | null; callback?: Listener<never> | null }): void;
  off(first: unknown, second?: unknown): void {
    const { keys, callback } = readArguments(first, second, null);
    if (!keys && !callback) {
      throw new ArgumentTypeError("invalid-listener", "callback", "is needed where no event is given");
    }
    for (const key of keys ?? everyEvent) {
      this.#once.remove(key, callback);
      this.#listeners.remove(key, callback);
    }
  }

  /**
   * Hands the event itself to every observer. Listeners start one after the other without waiting.
   *
   * The promise resolves when all listeners, also those of children, have finished, and does not reject for
   * anything that a listener does. It rejects with an {@link ArgumentTypeError} for an event that is not an
   * instance of an allowed class.
   */
  emit(event: Event | ListenerError): Promise<void> {
    const key = classOf(event);
    if (!key || (this.#allowed && !this.#allowed.has(key))) {
      const message = key ? `${key.name} is not allowed here` : "must be an instance of a class";
      return Promise.reject(
        new ArgumentTypeError(key ? "event-not-allowed" : "invalid-event", "event", message),
      );
    }
    const pending: PromiseLike<unknown>[] = [];
    this.#run(this.#subscriptions.list(key), event, pending);
    this.#run(this.#subscriptions.list(null), event, pending);
    this.#runOnce(this.#once.list(key), event, pending);
    this.#runOnce(this.#once.list(null), event, pending);
    this.#run(this.#listeners.list(key), event, pending);
    this.#run(this.#listeners.list(null), event, pending);
    if (this.#children.size > 0) this.#passOn(event, pending);
    return pending.length === 0 ? done : Promise.all(pending).then(ignore);
  }

  /**
   * Makes an emitter receive every event emitted here.
   *
   * @throws ArgumentTypeError when it has no `emit`.
   * @throws ArgumentRangeError when it is this emitter, or already a direct or indirect child of it, or has
   *   this emitter as its child.
   */
  addChild(emitter: ChildEmitter<Event | ListenerError>): void {
    if (typeof emitter?.emit !== "function") {
      throw new ArgumentTypeError("invalid-emitter", "emitter", "must have a method emit");
    }
    if (this.hasChild(emitter)) {
      throw new ArgumentRangeError("child-exists", "emitter", "is already a child of this emitter");
    }
    if (isEmitter(emitter) && emitter.hasChild(this)) {
      throw new ArgumentRangeError("child-exists", "emitter", "has this emitter as its child");
    }
    this.#children.add(emitter);
  }

  /** @throws ArgumentRangeError when the emitter is not a direct child. */
  removeChild(emitter: ChildEmitter<never>): void {
    if (!this.#children.delete(emitter)) {
      throw new ArgumentRangeError("child-missing", "emitter", "is not a direct child of this emitter");
    }
  }

  /** Whether the emitter is this one, a child of it, or a child of a child. */
  hasChild(emitter: ChildEmitter<never>): boolean {
    if ((emitter as unknown) === this || this.#children.has(emitter)) return true;
    for (const child of this.#children) {
      if (isEmitter(child) && child.hasChild(emitter)) return true;
    }
    return false;
  }

  /**
   * Starts to collect events of a class, of the classes in an array, or of every class.
   *
   * @throws ArgumentTypeError when the selector is no class or names one that is not allowed.
   * @throws ArgumentRangeError when the limit is below 1.
   */
  subscribe(event?: null, options?: SubscribeOptions): Subscription<Event | ListenerError>;
  subscribe<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    options?: SubscribeOptions,
  ): Subscription<SelectedEvent<Selector>>;
  subscribe(event?: unknown, options?: SubscribeOptions): unknown {
    const keys = readSelector(event) ?? everyEvent;
    this.#checkAllowed(keys);
    return new Subscription<object>((push) => {
      const registration = this.#subscriptions.add(keys, push);
      return () => this.#subscriptions.removeRegistration(registration);
    }, options);
  }

  #add(table: ListenerTable, { keys: given, callback, signal }: ListenArguments): void {
    const keys = given ?? everyEvent;
    if (!callback) throw new ArgumentTypeError("invalid-listener", "callback", "must be a function");
    this.#checkAllowed(keys);
    for (const key of keys) {
      if (this.#once.has(key, callback) || this.#listeners.has(key, callback)) {
        const where = key ? key.name : "every event";
        throw new ArgumentRangeError("listener-exists", "callback", `is already registered for ${where}`);
      }
    }
    if (signal?.aborted || keys.length === 0) return;
    const registration = table.add(keys, callback);
    if (!signal) return;
    const onAbort = () => table.removeRegistration(registration);
    signal.addEventListener("abort", onAbort, { once: true });
    // A signal may live as long as the program; it must not keep listeners that are long gone.
    registration.onRemoved = () => signal.removeEventListener("abort", onAbort);
  }

  #checkAllowed(keys: readonly Key[]): void {
    for (const key of keys) {
      if (this.#allowed && !this.#allowed.has(key)) {
        throw new ArgumentTypeError("event-not-allowed", "event", `${key?.name} is not allowed here`);
      }
    }
  }

  #run(entries: readonly Entry[], event: object, pending: PromiseLike<unknown>[]): void {
    for (const entry of entries) {
      if (!entry.removed) this.#call(entry.callback, event, pending);
    }
  }

  #runOnce(entries: readonly Entry[], event: object, pending: PromiseLike<unknown>[]): void {
    for (const entry of entries) {
      if (entry.removed) continue;
      this.#once.removeRegistration(entry.registration);
      this.#call(entry.callback, event, pending);
    }
  }

  #call(callback: Callback, event: object, pending: PromiseLike<unknown>[]): void {
    try {
      const result = callback(event);
      if (isThenable(result)) {
        pending.push(result.then(ignore, (error: unknown) => this.#report(event, callback, error)));
      }
    } catch (error) {
      this.#report(event, callback, error);
    }
  }

  #passOn(event: object, pending: PromiseLike<unknown>[]): void {
    for (const child of [...this.#children]) {
      try {
        const result: unknown = (child as ChildEmitter).emit(event);
        if (isThenable(result)) {
          pending.push(result.then(ignore, (error: unknown) => this.#report(event, child, error)));
        }
      } catch (error) {
        this.#report(event, child, error);
      }
    }
  }

  #report(event: object, listener: Listener<never> | ChildEmitter<never>, error: unknown): void {
    if (event instanceof ListenerError) return;
    // Not awaited by the emission that failed; it cannot reject, because ListenerError is always allowed.
    void this.emit(new ListenerError(event, listener, error));
  }
}

const ignore = (): void => {};

const classOf = (event: unknown): EventClass | null => {
  if (typeof event !== "object" || event === null) return null;
  const made: unknown = Object.getPrototypeOf(event)?.constructor;
  return typeof made === "function" ? (made as unknown as EventClass) : null;
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

const isEmitter = (emitter: ChildEmitter<never>): emitter is Emitter<never> =>
  "hasChild" in emitter && typeof emitter.hasChild === "function";
