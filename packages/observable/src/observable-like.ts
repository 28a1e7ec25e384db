import type { ListenerError } from "./errors.ts";
import type { Subscription } from "./subscription.ts";
import type { EventSelector, Listener, ListenOptions, SelectedEvent, SubscribeOptions } from "./types.ts";

/** Anything that takes events. */
export interface ChildEmitter<Event extends object = object> {
  /** Takes an event; a promise that it returns is awaited by the parent's `emit`. */
  emit(event: Event): unknown;
}

/** Something that passes its events on to children. */
export interface Emitter<Event extends object = object> extends ChildEmitter<Event> {
  emit(event: Event): Promise<void>;
  /** Makes an emitter receive every event emitted here. */
  addChild(emitter: ChildEmitter<Event | ListenerError>): void;
  /** Stops handing events to a child. */
  removeChild(emitter: ChildEmitter<never>): void;
  /** Whether the emitter is this one, a child of it, or a child of a child. */
  hasChild(emitter: ChildEmitter<never>): boolean;
}

/** Something whose events can be read one after the other. */
export interface Subscribable<Event extends object = object> {
  /** Starts to collect events of every class. */
  subscribe(event?: null, options?: SubscribeOptions): Subscription<Event | ListenerError>;
  /** Starts to collect events of a class, or of the classes in an array. */
  subscribe<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    options?: SubscribeOptions,
  ): Subscription<SelectedEvent<Selector>>;
}

/** Adds a listener, in one of the ways of {@link ObservableLike.on} and {@link ObservableLike.once}. */
export interface Listen<Event extends object = object> {
  /** For events of a class, or of each class in an array. */
  <const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    callback: Listener<SelectedEvent<Selector>>,
    options?: ListenOptions,
  ): void;
  /** For events of every class. */
  (event: null, callback: Listener<Event | ListenerError>, options?: ListenOptions): void;
  /** For events of a class, or of each class in an array, with one argument. */
  <const Selector extends EventSelector<Event | ListenerError>>(
    registration: { event: Selector; callback: Listener<SelectedEvent<Selector>> } & ListenOptions,
  ): void;
  /** For events of every class, with one argument. */
  (registration: { event?: null; callback: Listener<Event | ListenerError> } & ListenOptions): void;
}

/** What {@link Observable} offers, for code that takes any implementation of it. */
export interface ObservableLike<Event extends object = object> extends Emitter<Event>, Subscribable<Event> {
  /** Adds a listener. */
  readonly on: Listen<Event>;
  /** Adds a listener for the first event only. */
  readonly once: Listen<Event>;

  /** Removes a listener from classes, or every listener of them. */
  off(event: EventSelector, callback?: Listener<never> | null): void;
  /** Removes a listener that was added for every event. */
  off(event: null, callback: Listener<never>): void;
  /** The same with one argument. */
  off(registration: { event?: EventSelector | null; callback?: Listener<never> | null }): void;
}
