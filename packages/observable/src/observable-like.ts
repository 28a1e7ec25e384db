import type { ListenerError } from "./errors.ts";
import type { Subscription } from "./subscription.ts";
import type {
  ChildEmitter,
  EventSelector,
  Listener,
  ListenOptions,
  SelectedEvent,
  SubscribeOptions,
} from "./types.ts";

/** Emitter that forwards its events to children. */
export interface Emitter<Event extends object = object> extends ChildEmitter<Event> {
  emit(event: Event): Promise<void>;
  /** Adds a child, which receives all events emitted here. */
  addChild(emitter: ChildEmitter<Event | ListenerError>): void;
  /** Removes a child. */
  removeChild(emitter: ChildEmitter<never>): void;
  /** Returns whether the argument is this emitter, or a direct or indirect child of it. */
  hasChild(emitter: ChildEmitter<never>): boolean;
}

/** Source of events that can be read sequentially. */
export interface Subscribable<Event extends object = object> {
  /** Subscribes to events of all classes. */
  subscribe(event?: null, options?: SubscribeOptions): Subscription<Event | ListenerError>;
  /** Subscribes to events of a class, or of the classes in an array. */
  subscribe<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    options?: SubscribeOptions,
  ): Subscription<SelectedEvent<Selector>>;
}

/** Signatures of {@link ObservableLike.on} and {@link ObservableLike.once}. */
export interface Listen<Event extends object = object> {
  /** For events of a class, or of each class in an array. */
  <const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    callback: Listener<SelectedEvent<Selector>>,
    options?: ListenOptions,
  ): void;
  /** For events of all classes. */
  (event: null, callback: Listener<Event | ListenerError>, options?: ListenOptions): void;
  /** For events of a class, or of each class in an array, with one argument. */
  <const Selector extends EventSelector<Event | ListenerError>>(
    registration: { event: Selector; callback: Listener<SelectedEvent<Selector>> } & ListenOptions,
  ): void;
  /** For events of all classes, with one argument. */
  (registration: { event?: null; callback: Listener<Event | ListenerError> } & ListenOptions): void;
}

/** Interface of {@link Observable}, for code that accepts other implementations. */
export interface ObservableLike<Event extends object = object> extends Emitter<Event>, Subscribable<Event> {
  /** Adds a listener. */
  readonly on: Listen<Event>;
  /** Adds a listener for the first matching event. */
  readonly once: Listen<Event>;

  /** Removes a listener from classes, or all listeners of the classes. */
  off(event: EventSelector, callback?: Listener<never> | null): void;
  /** Removes a listener of all classes. */
  off(event: null, callback: Listener<never>): void;
  /** Removes listeners, with one argument. */
  off(registration: { event?: EventSelector | null; callback?: Listener<never> | null }): void;
}
