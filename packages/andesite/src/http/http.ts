import { mixIn } from "../mixin.ts";
import { HTTPBase, type HTTPOptions } from "./http-base.ts";
import { HTTPInterface } from "./http-interface.ts";

/** The HTTP client of one node: {@link HTTPBase} with the routes of {@link HTTPInterface}. */
export type HTTP = HTTPBase & HTTPInterface;

/** How an {@link HTTP} is made. */
export interface HTTPConstructor {
  /** Takes, and throws, what {@link HTTPBase} does. */
  new (uri: string | URL, password: string | null, options?: HTTPOptions | null): HTTP;
  /** For `instanceof`. */
  readonly prototype: HTTP;
}

class HTTPClass extends HTTPBase {}
mixIn(HTTPClass, HTTPInterface);
Object.defineProperty(HTTPClass, "name", { value: "HTTP" });

/** The HTTP client of one node; takes what {@link HTTPBase} takes. */
export const HTTP = HTTPClass as unknown as HTTPConstructor;
