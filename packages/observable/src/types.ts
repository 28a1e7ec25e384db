/** A value or a promise of it. */
export type MaybePromise<Value> = Value | PromiseLike<Value>;

/** Class of an event. Events match their exact class only, so an abstract class matches none. */
export type EventClass<Event extends object = object> = abstract new (...args: never[]) => Event;

/** Selects events: those of one class, or those of any class in an array. */
export type EventSelector<Event extends object = object> = EventClass<Event> | readonly EventClass<Event>[];

/** Type of the events of a selector: the instance type of the class, or the union for an array. */
export type SelectedEvent<Selector extends EventSelector> = Selector extends readonly (infer Class)[]
  ? InstanceOf<Class>
  : InstanceOf<Selector>;

type InstanceOf<Class> = Class extends abstract new (...args: never[]) => infer Event ? Event : never;

/** Listener of events. `emit` awaits a returned promise; other results are ignored. */
export type Listener<Event extends object = object> = (event: Event) => unknown;

/** Returns whether an event is accepted. */
export type Predicate<Event extends object = object> = (event: Event) => MaybePromise<boolean>;

/** Receiver of events: another observable, or any object with a method `emit`. */
export interface ChildEmitter<Event extends object = object> {
  /** Receives an event. The parent's `emit` awaits a returned promise. */
  emit(event: Event): unknown;
}

/** Options of {@link ObservableLike.on} and {@link ObservableLike.once}. */
export interface ListenOptions {
  /** Removes the listener when it aborts. With an aborted signal the listener is not added. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Options of {@link Subscribable.subscribe}. */
export interface SubscribeOptions {
  /** Ends the subscription when it aborts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * Maximum number of unread events, at least 1; `Infinity` for no limit. One event more ends the
   * subscription: after the unread events, reading rejects with a {@link SubscriptionOverflow}. Default: 65
   * 536.
   */
  readonly limit?: number | null | undefined;
}

/** Options of {@link Subscription.next} and {@link Subscription.first}. */
export interface NextOptions<Event extends object = object> {
  /** Events that it does not accept are skipped. Default: accepts all events. */
  readonly predicate?: Predicate<Event> | null | undefined;
  /** Stops waiting when it aborts; the call rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}
