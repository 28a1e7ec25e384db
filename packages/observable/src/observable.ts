import { readArguments, readSelector } from "./arguments.ts";
import { ListenerError } from "./errors.ts";
import type { Key } from "./listener-table.ts";
import { everyEvent, ObservableCore } from "./observable-core.ts";
import type { ChildEmitter, ObservableLike } from "./observable-like.ts";
import type { Subscription } from "./subscription.ts";
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

// Beside the instances instead of in them, so that the members work on instances of other classes too.
const cores = new WeakMap<object, ObservableCore>();

function coreOf(observable: ChildEmitter<never>): ObservableCore {
  let core = cores.get(observable);
  if (!core) {
    core = new ObservableCore(observable, null);
    cores.set(observable, core);
  }
  return core;
}

/**
 * Hands events, which are instances of classes, to those who listen for their exact class.
 *
 * A failing listener never disturbs the emitter or other listeners: it becomes a {@link ListenerError} event.
 */
export class Observable<Event extends object = object> implements ObservableLike<Event> {
  /** Holds for instances of classes that went through {@link makeObservable} as well. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and each asks for itself.
    return isInstance(this.prototype, value);
  }

  constructor(options?: ObservableOptions<Event> | null) {
    const events = options?.events;
    if (!events) return;
    const allowed = new Set<Key>([...(readSelector([...events]) ?? []), ListenerError, null]);
    cores.set(this, new ObservableCore(this, allowed));
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
    coreOf(this).add(false, readArguments(first, second, options));
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
    coreOf(this).add(true, readArguments(first, second, options));
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
    coreOf(this).remove(readArguments(first, second, null));
  }

  /**
   * Hands the event itself to every observer. Listeners start one after the other without waiting.
   *
   * The promise resolves when all listeners, also those of children, have finished, and does not reject for
   * anything that a listener does. It rejects with an `ArgumentTypeError` for an event that is not an
   * instance of an allowed class.
   */
  emit(event: Event | ListenerError): Promise<void> {
    return coreOf(this).emit(event);
  }

  /**
   * Makes an emitter receive every event emitted here.
   *
   * @throws ArgumentTypeError when it has no `emit`.
   * @throws ArgumentRangeError when it is this emitter, or already a direct or indirect child of it, or has
   *   this emitter as its child.
   */
  addChild(emitter: ChildEmitter<Event | ListenerError>): void {
    coreOf(this).addChild(emitter);
  }

  /** @throws ArgumentRangeError when the emitter is not a direct child. */
  removeChild(emitter: ChildEmitter<never>): void {
    coreOf(this).removeChild(emitter);
  }

  /** Whether the emitter is this one, a child of it, or a child of a child. */
  hasChild(emitter: ChildEmitter<never>): boolean {
    return coreOf(this).hasChild(emitter);
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
    return coreOf(this).subscribe(readSelector(event) ?? everyEvent, options);
  }
}

const observablePrototypes = new WeakSet<object>();

function isInstance(prototype: object, value: unknown): boolean {
  const includesOthers = prototype === Observable.prototype;
  for (let link: unknown = value; typeof link === "object" && link !== null; ) {
    link = Object.getPrototypeOf(link);
    if (link === prototype) return true;
    if (includesOthers && typeof link === "object" && link && observablePrototypes.has(link)) return true;
  }
  return false;
}

/** A class whose instances are observable beside what they are already. */
export type ObservableClass<
  Class extends abstract new (
    ...args: never[]
  ) => object,
  Event extends object = object,
> = new (...args: ConstructorParameters<Class>) => InstanceType<Class> & Observable<Event>;

/**
 * Gives a class that has another parent the members of {@link Observable}; members of its own stay. Its
 * instances are `instanceof Observable`, too.
 *
 * @returns The class itself, in its new type.
 */
export function makeObservable<
  Class extends abstract new (
    ...args: never[]
  ) => object,
  Event extends object = object,
>(target: Class): ObservableClass<Class, Event> {
  for (const name of Reflect.ownKeys(Observable.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(Observable.prototype, name);
    if (!descriptor || Object.hasOwn(target.prototype, name)) continue;
    Object.defineProperty(target.prototype, name, descriptor);
  }
  observablePrototypes.add(target.prototype);
  return target as unknown as ObservableClass<Class, Event>;
}
