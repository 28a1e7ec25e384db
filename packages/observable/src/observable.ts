import { readArguments, readSelector, requireGiven, requireKnownOptions } from "./arguments.ts";
import { ListenerError } from "./errors.ts";
import type { Key } from "./listener-table.ts";
import { everyEvent, ObservableCore } from "./observable-core.ts";
import type { ObservableLike } from "./observable-like.ts";
import type { Subscription } from "./subscription.ts";
import type {
  ChildEmitter,
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
   * Classes that may be emitted and observed; {@link ListenerError} is always allowed. Default: all classes.
   */
  readonly events?: Iterable<EventClass<Event>> | null | undefined;
}

/**
 * Event target that delivers events to the listeners of their exact class.
 *
 * The failure of a listener affects neither the emitter nor other listeners: it is emitted as a {@link
 * ListenerError} event, and without a listener for that class reported as a warning of the platform.
 */
export class Observable<Event extends object = object> implements ObservableLike<Event> {
  /** Also true for instances of classes that were passed to {@link makeObservable}. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit the method, with themselves as `this`.
    return isInstance(this.prototype, value);
  }

  constructor(options?: ObservableOptions<Event> | null) {
    requireKnownOptions(options, ["events"]);
    const events = options?.events;
    if (!events) return;
    const allowed = new Set<Key>([...(readSelector([ListenerError, ...events]) ?? []), null]);
    new ObservableCore(this, allowed);
  }

  /**
   * Adds a listener for events of a class, of each class in an array, or (null) of all classes.
   *
   * @throws ArgumentTypeError when the callback is not a function, or the selector is not a class, or a class
   *   that this observable does not allow.
   * @throws ArgumentRangeError when the callback is already registered for one of the classes; it is added to
   *   none of them then.
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
    ObservableCore.of(this).add(false, readArguments(first, second, options));
  }

  /**
   * Like {@link on}, but only for the first matching event. The listener is removed from all classes of an
   * array before it runs, so it does not receive events that are emitted while it runs.
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
    ObservableCore.of(this).add(true, readArguments(first, second, options));
  }

  /**
   * Removes a listener from the given classes; without callback, all listeners of the classes; without
   * classes, a listener of all classes. Has no effect for a listener that is not registered.
   *
   * @throws ArgumentTypeError when neither classes nor callback are given.
   */
  off(event: EventSelector, callback?: Listener<never> | null): void;
  off(event: null, callback: Listener<never>): void;
  off(registration: { event?: EventSelector | null; callback?: Listener<never> | null }): void;
  off(first: unknown, second?: unknown): void {
    ObservableCore.of(this).remove(readArguments(first, second, null));
  }

  /**
   * Delivers an event to all subscriptions, listeners and children. Listeners are called synchronously, one
   * after the other; their promises are awaited together.
   *
   * Resolves when all listeners, including those of children, have finished. Never rejects because of a
   * listener; rejects with an `ArgumentTypeError` for an event that is not an instance of an allowed class.
   */
  emit(event: Event | ListenerError): Promise<void> {
    return ObservableCore.of(this).emit(event);
  }

  /**
   * Adds a child, which receives all events emitted here.
   *
   * @throws ArgumentTypeError when the child has no method `emit`.
   * @throws ArgumentRangeError when the child is this emitter, is already a direct or indirect child of it,
   *   or has this emitter as a child.
   */
  addChild(emitter: ChildEmitter<Event | ListenerError>): void {
    ObservableCore.of(this).addChild(emitter);
  }

  /**
   * Removes a child.
   *
   * @throws ArgumentRangeError when the emitter is not a direct child.
   */
  removeChild(emitter: ChildEmitter<never>): void {
    ObservableCore.of(this).removeChild(emitter);
  }

  /** Returns whether the argument is this emitter, or a direct or indirect child of it. */
  hasChild(emitter: ChildEmitter<never>): boolean {
    return ObservableCore.of(this).hasChild(emitter);
  }

  /**
   * Subscribes to events of a class, of the classes in an array, or of all classes.
   *
   * @throws ArgumentTypeError when the selector is not a class, or a class that this observable does not
   *   allow.
   * @throws ArgumentRangeError when the limit is below 1.
   */
  subscribe(event?: null, options?: SubscribeOptions): Subscription<Event | ListenerError>;
  subscribe<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    options?: SubscribeOptions,
  ): Subscription<SelectedEvent<Selector>>;
  subscribe(...args: [event?: unknown, options?: SubscribeOptions]): unknown {
    const [event, options] = args;
    if (args.length > 0) requireGiven(event);
    return ObservableCore.of(this).subscribe(readSelector(event) ?? everyEvent, options);
  }
}

/**
 * Ends all subscriptions of an observable, for good or until {@link allowSubscriptions}, because no event follows:
 * after the unread events, waiting and later calls reject with `SubscriptionClosed`, as with new subscriptions.
 * Listeners and children stay.
 */
export const endSubscriptions = (observable: ChildEmitter<never>): void =>
  ObservableCore.of(observable).endSubscriptions();

/** Allows new subscriptions again after {@link endSubscriptions}. */
export const allowSubscriptions = (observable: ChildEmitter<never>): void =>
  ObservableCore.of(observable).allowSubscriptions();

/**
 * Emits an event about a failure that reaches no caller. Without a listener or subscription for its class or for all
 * classes, on the observable or its children, the error is reported with its stack as a warning of the platform.
 */
export const emitFailure = (observable: ChildEmitter<never>, event: object, error: unknown): Promise<void> =>
  ObservableCore.of(observable).emitFailure(event, error);

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

/** A class whose instances are also {@link Observable}. */
export type ObservableClass<
  Class extends abstract new (
    ...args: never[]
  ) => object,
  Event extends object = object,
> = new (...args: ConstructorParameters<Class>) => InstanceType<Class> & Observable<Event>;

/**
 * Adds the methods of {@link Observable} to a class that extends another one. Existing own members are kept.
 * Instances are `instanceof Observable`.
 *
 * @returns The same class with its new type.
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
