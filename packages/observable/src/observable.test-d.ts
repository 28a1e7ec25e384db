import { expectTypeOf, it } from "vitest";
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

it("infers the event of a listener from the class", () => {
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

it("restricts an observable to its event types", () => {
  narrow.on({
    callback: (event) => expectTypeOf(event).toEqualTypeOf<TrackStart | TrackEnd | ListenerError>(),
  });
  // @ts-expect-error Date is not among the events
  narrow.on(Date, () => {});
  // @ts-expect-error Date is not among the events
  void narrow.emit(new Date());
  // @ts-expect-error a listener for another event
  narrow.on(TrackStart, (event: TrackEnd) => event);
  expectTypeOf(narrow).toExtend<ObservableLike<TrackStart | TrackEnd>>();
});

it("infers the event of a subscription", () => {
  expectTypeOf(observable.subscribe(TrackEnd)).toEqualTypeOf<Subscription<TrackEnd>>();
  expectTypeOf(observable.subscribe([TrackStart, TrackEnd]).first()).resolves.toEqualTypeOf<
    TrackStart | TrackEnd
  >();
  expectTypeOf(narrow.subscribe()).toEqualTypeOf<Subscription<TrackStart | TrackEnd | ListenerError>>();
});

it("keeps constructor and members of a class passed to makeObservable", () => {
  const Class = makeObservable(TrackEnd);
  expectTypeOf<ConstructorParameters<typeof Class>>().toEqualTypeOf<[code: number]>();
  expectTypeOf(new Class(5)).toExtend<TrackEnd & Observable>();
});
