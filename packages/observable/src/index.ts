/**
 * Typed event target: events are instances of classes, and listeners are registered by class.
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
export {
  allowSubscriptions,
  emitFailure,
  endSubscriptions,
  makeObservable,
  Observable,
  type ObservableClass,
  type ObservableOptions,
} from "./observable.ts";
export type { Emitter, Listen, ObservableLike, Subscribable } from "./observable-like.ts";
export { defaultSubscriptionLimit, Subscription } from "./subscription.ts";
export type {
  ChildEmitter,
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
