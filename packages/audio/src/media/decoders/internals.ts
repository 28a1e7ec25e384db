/**
 * The decoder packages print what they do not like to the console and go on for ever over some damage. Below that
 * they are calls into WebAssembly, which are made here. The versions are pinned; should one look different, that is
 * found when it is opened.
 */

/** Memory that a package has taken from its WebAssembly. */
export interface WasmArray<T> {
  readonly ptr: number;
  readonly len: number;
  readonly buf: T;
}

/** What the packages have in common. */
export interface WasmCommon<Calls> {
  readonly wasm: Calls & {
    readonly HEAP: ArrayBuffer;
    malloc(bytes: number): number;
    free(pointer: number): void;
  };
  allocateTypedArray<T>(length: number, type: new (length: number) => T): WasmArray<T>;
  free(): void;
}

/**
 * Whether an object has all these members.
 *
 * @throws TypeError if not.
 */
export function checkInternals(decoder: object, names: readonly string[], wasm: readonly string[]): void {
  const common: unknown = Reflect.get(decoder, "_common");
  const calls: unknown =
    typeof common === "object" && common !== null ? Reflect.get(common, "wasm") : undefined;
  const missing = [
    ...names.filter((name) => Reflect.get(decoder, name) === undefined),
    ...wasm.filter((name) => typeof calls !== "object" || calls === null || !Reflect.has(calls, name)),
  ];
  if (missing.length > 0) throw new TypeError(`a decoder package lacks ${missing.join(", ")}`);
}
