import { mixIn } from "../mixin.ts";
import { HTTPBase, type HTTPOptions } from "./http-base.ts";
import { HTTPInterface } from "./http-interface.ts";

/** HTTP client of one node: {@link HTTPBase} with the routes of {@link HTTPInterface}. */
export interface HTTP extends HTTPBase, HTTPInterface {}

/** Constructor of {@link HTTP}. */
export interface HTTPConstructor {
  /** Takes the arguments of {@link HTTPBase} and throws the same errors. */
  new (uri: string | URL, password: string | null, options?: HTTPOptions | null): HTTP;
  /** Prototype, for `instanceof`. */
  readonly prototype: HTTP;
}

class HTTPClass extends HTTPBase {}
mixIn(HTTPClass, HTTPInterface);
Object.defineProperty(HTTPClass, "name", { value: "HTTP" });

/**
 * HTTP client of one node, with the arguments of {@link HTTPBase} and the members of {@link HTTP:interface | the
 * interface}.
 */
export const HTTP = HTTPClass as unknown as HTTPConstructor;
