export * as arg from "./index.ts";
