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
  addChild(emitter: ChildEmitter<Event | ListenerError>): void;
  removeChild(emitter: ChildEmitter<never>): void;
  hasChild(emitter: ChildEmitter<never>): boolean;
}

/** Something whose events can be read one after the other. */
export interface Subscribable<Event extends object = object> {
  subscribe(event?: null, options?: SubscribeOptions): Subscription<Event | ListenerError>;
  subscribe<const Selector extends EventSelector<Event | ListenerError>>(
    event: Selector,
    options?: SubscribeOptions,
  ): Subscription<SelectedEvent<Selector>>;
}

/** What {@link Observable} offers, for code that takes any implementation of it. */
export interface ObservableLike<Event extends object = object> extends Emitter<Event>, Subscribable<Event> {
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

  off(event: EventSelector, callback?: Listener<never> | null): void;
  off(event: null, callback: Listener<never>): void;
  off(registration: { event?: EventSelector | null; callback?: Listener<never> | null }): void;
}
