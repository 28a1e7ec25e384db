// The types of the package do not cover this file of it; what it holds is checked where it is loaded.
declare module "@evan/opus/wasm/index.mjs" {
  export const Encoder: unknown;
  export const Decoder: unknown;
}
