export * as arg from "./argument-types.ts";
