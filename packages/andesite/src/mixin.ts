/** A class, abstract or not. */
interface AnyClass {
  readonly prototype: object;
}

const mixedInto = new WeakMap<object, WeakSet<object>>();

/**
 * Copies the methods and accessors of a class to another one, for classes with two parents. Existing own
 * members of the target are kept.
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

/** Returns whether a value is an instance of a class, or of a class into which it was mixed. */
export function isInstance(cls: AnyClass, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const targets = mixedInto.get(cls.prototype);
  for (let link: unknown = Object.getPrototypeOf(value); isObject(link); link = Object.getPrototypeOf(link)) {
    if (link === cls.prototype || targets?.has(link)) return true;
  }
  return false;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
