// The package has no types for this file; its content is checked when it is loaded.
declare module "@evan/opus/wasm/index.mjs" {
  export const Encoder: unknown;
  export const Decoder: unknown;
}
