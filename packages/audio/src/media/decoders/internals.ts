/**
 * The public interfaces of the decoder packages print to the console and loop on some damage. This module
 * calls their WebAssembly functions directly. The versions are pinned; a changed interface is detected when a
 * decoder is created.
 */

/** Memory that a package has allocated in WebAssembly. */
export interface WasmArray<T> {
  readonly ptr: number;
  readonly len: number;
  readonly buf: T;
}

/** Interface common to the packages. */
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
 * Checks that an object has all these members.
 *
 * @throws TypeError if one is missing.
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
