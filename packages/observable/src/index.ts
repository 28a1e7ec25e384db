/**
 * A typed event target: events are instances of classes, and the class is the key.
 *
 * @packageDocumentation
 */

export {
  type ArgumentErrorCode,
  ArgumentRangeError,
  ArgumentTypeError,
  ListenerError,
  SubscriptionClosed,
  SubscriptionOverflow,
} from "./errors.ts";
export { makeObservable, Observable, type ObservableClass, type ObservableOptions } from "./observable.ts";
export type { ChildEmitter, Emitter, Listen, ObservableLike, Subscribable } from "./observable-like.ts";
export { defaultSubscriptionLimit, Subscription } from "./subscription.ts";
export type {
  EventClass,
  EventSelector,
  Listener,
  ListenOptions,
  MaybePromise,
  NextOptions,
  Predicate,
  SelectedEvent,
  SubscribeOptions,
} from "./types.ts";
