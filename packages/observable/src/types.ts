/** A value, or a promise of it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>;

/** The class of an event. Matching is by exact class, so an abstract class matches nothing. */
export type EventClass<Event extends object = object> = abstract new (...args: never[]) => Event;

/** Which events are meant: those of one class, or those of any class in a list. */
export type EventSelector<Event extends object = object> = EventClass<Event> | readonly EventClass<Event>[];

/** The event that a selector delivers: the instance, or the union of instances for a list. */
export type SelectedEvent<Selector extends EventSelector> = Selector extends readonly (infer Class)[]
  ? InstanceOf<Class>
  : InstanceOf<Selector>;

type InstanceOf<Class> = Class extends abstract new (...args: never[]) => infer Event ? Event : never;

/** Called with an event. A promise that it returns is awaited by `emit`; any other result is ignored. */
export type Listener<Event extends object = object> = (event: Event) => unknown;

/** Decides whether an event is the awaited one. */
export type Predicate<Event extends object = object> = (event: Event) => MaybePromise<boolean>;

/** Options of {@link ObservableLike.on} and {@link ObservableLike.once}. */
export interface ListenOptions {
  /** Removes the listener when it aborts. A signal that has already aborted adds nothing. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Options of {@link Subscribable.subscribe}. */
export interface SubscribeOptions {
  /** Unsubscribes when it aborts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * How many unread events are kept, 1 or more; `Infinity` keeps all of them. When one more arrives the
   * subscription ends with a {@link SubscriptionOverflow} after its unread events. Default: 65 536.
   */
  readonly limit?: number | null | undefined;
}

/** Options of {@link Subscription.next} and {@link Subscription.first}. */
export interface NextOptions<Event extends object = object> {
  /** Skips events that it does not accept. Default: accepts every event. */
  readonly predicate?: Predicate<Event> | null | undefined;
  /** Stops waiting with the signal's reason when it aborts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}
