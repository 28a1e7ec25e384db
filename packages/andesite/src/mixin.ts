/** A class, abstract or not. */
interface AnyClass {
  readonly prototype: object;
}

const mixedInto = new WeakMap<object, WeakSet<object>>();

/**
 * Gives a class the methods and accessors of another one beside those that it inherits, for classes with two
 * parents. Members of its own stay.
 */
export function mixIn(target: AnyClass, source: AnyClass): void {
  const descriptors = Object.getOwnPropertyDescriptors(source.prototype);
  for (const key of Reflect.ownKeys(descriptors)) {
    if (key === "constructor" || Object.hasOwn(target.prototype, key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(source.prototype, key);
    if (descriptor) Object.defineProperty(target.prototype, key, descriptor);
  }
  const targets = mixedInto.get(source.prototype) ?? new WeakSet();
  mixedInto.set(source.prototype, targets.add(target.prototype));
}

/** Whether a value is an instance of a class, or of one that the class was mixed into. */
export function isInstance(cls: AnyClass, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const targets = mixedInto.get(cls.prototype);
  for (let link: unknown = Object.getPrototypeOf(value); isObject(link); link = Object.getPrototypeOf(link)) {
    if (link === cls.prototype || targets?.has(link)) return true;
  }
  return false;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
