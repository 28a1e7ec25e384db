import { type Address, httpAddress } from "./address.ts";

/**
 * Makes WebSockets to the server of the page go below the path at which a reverse proxy serves the page. The library
 * connects to the root, which all servers accept.
 */
export function routeWebSockets(own: Address): void {
  if (own.path === undefined) return;
  const { href } = new URL("/", httpAddress(own).replace(/^http/, "ws"));
  const below = new URL(own.path, href).href;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(new URL(url).href === href ? below : url, protocols);
    }
  };
}
