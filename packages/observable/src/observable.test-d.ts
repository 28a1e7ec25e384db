import { expectTypeOf, test } from "vitest";
import {
  type ListenerError,
  makeObservable,
  Observable,
  type ObservableLike,
  type Subscription,
} from "./index.ts";

class TrackStart {
  readonly track = "";
}
class TrackEnd {
  readonly reason = "";
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}
abstract class Base {
  abstract readonly id: number;
}

const observable = new Observable();
const narrow = new Observable<TrackStart | TrackEnd>();

test("a listener knows its event from the class", () => {
  observable.on(TrackEnd, (event) => expectTypeOf(event).toEqualTypeOf<TrackEnd>());
  observable.once({
    event: TrackStart,
    callback: (event) => expectTypeOf(event).toEqualTypeOf<TrackStart>(),
  });
  observable.on(Base, (event) => expectTypeOf(event).toEqualTypeOf<Base>());
  observable.on([TrackStart, TrackEnd], (event) =>
    expectTypeOf(event).toEqualTypeOf<TrackStart | TrackEnd>(),
  );
  observable.on(null, (event) => expectTypeOf(event).toBeObject());
});

test("an observable of certain events offers and takes only these", () => {
  narrow.on({
    callback: (event) => expectTypeOf(event).toEqualTypeOf<TrackStart | TrackEnd | ListenerError>(),
  });
  // @ts-expect-error a Date is none of the events
  narrow.on(Date, () => {});
  // @ts-expect-error a Date is none of the events
  void narrow.emit(new Date());
  // @ts-expect-error a listener for another event
  narrow.on(TrackStart, (event: TrackEnd) => event);
  expectTypeOf(narrow).toExtend<ObservableLike<TrackStart | TrackEnd>>();
});

test("subscriptions carry the event too", () => {
  expectTypeOf(observable.subscribe(TrackEnd)).toEqualTypeOf<Subscription<TrackEnd>>();
  expectTypeOf(observable.subscribe([TrackStart, TrackEnd]).first()).resolves.toEqualTypeOf<
    TrackStart | TrackEnd
  >();
  expectTypeOf(narrow.subscribe()).toEqualTypeOf<Subscription<TrackStart | TrackEnd | ListenerError>>();
});

test("a class with another parent keeps its constructor and members", () => {
  const Class = makeObservable(TrackEnd);
  expectTypeOf<ConstructorParameters<typeof Class>>().toEqualTypeOf<[code: number]>();
  expectTypeOf(new Class(5)).toExtend<TrackEnd & Observable>();
});
