import { allowSubscriptions, endSubscriptions, type Observable } from "@asterite/observable";

/** Observables that emit the events of another one and no others, by that one. */
const followers = new WeakMap<Observable, Set<Observable>>();

/** Lets the subscriptions of a combined client end with those of its WebSocket client. */
export function followSubscriptions(source: Observable, follower: Observable): void {
  const known = followers.get(source) ?? new Set();
  followers.set(source, known.add(follower));
}

/** Reverts {@link followSubscriptions}. */
export function unfollowSubscriptions(source: Observable, follower: Observable): void {
  followers.get(source)?.delete(follower);
}

/** Ends the subscriptions of a closed client, so that no call waits for an event of it for ever. */
export function endClientSubscriptions(target: Observable): void {
  endSubscriptions(target);
  for (const follower of followers.get(target) ?? []) endClientSubscriptions(follower);
}

/** Allows subscriptions again after a reset. */
export function allowClientSubscriptions(target: Observable): void {
  allowSubscriptions(target);
  for (const follower of followers.get(target) ?? []) allowClientSubscriptions(follower);
}
