import { Header, readHttpError } from "@asterite/andesite-protocol";
import {
  optionNames,
  readNumberOptions,
  readSignal,
  readUri,
  requireFunction,
  requireKnownOptions,
  requireText,
} from "../checks.ts";
import { type DebugHook, type DebugOptions, readDebug } from "../debug.ts";
import { ClientClosedError, InvalidTypeError, MalformedDataError, OutOfRangeError } from "../errors.ts";
import { AndesiteError } from "../models/errors.ts";
import { AbstractHTTP, type RequestOptions } from "./abstract-http.ts";
import { HTTPError } from "./http-error.ts";
import { RequestError } from "./request-error.ts";
import { type Answer, type Fetch, HTTPSession } from "./session.ts";
import { USER_AGENT } from "./user-agent.ts";

/** Options of {@link HTTPBase}. */
export interface HTTPOptions extends DebugOptions {
  /**
   * Implementation of `fetch`, for a proxy or a private certificate authority. Default: the global `fetch`.
   */
  readonly fetch?: Fetch | null | undefined;
  /** Maximum size of a response, in bytes, at least 1. Default: 16 MiB, thousands of tracks. */
  readonly maxResponseBytes?: number | null | undefined;
  /**
   * Time limit of a request until the whole response is read, in ms, at least 1; `Infinity` for no limit.
   * Default: 60 000.
   */
  readonly timeoutMs?: number | null | undefined;
}

/** Defaults of {@link HTTPOptions}. */
export const defaultHTTPOptions = /* @__PURE__ */ Object.freeze({
  maxResponseBytes: 16 * 1024 * 1024,
  timeoutMs: 60_000,
});

/** Names of {@link HTTPOptions}. */
export const httpOptionNames = optionNames<HTTPOptions>({
  fetch: true,
  maxResponseBytes: true,
  timeoutMs: true,
  debug: true,
});
const requestOptionNames = optionNames<RequestOptions>({
  params: true,
  json: true,
  headers: true,
  signal: true,
});

/** Sends HTTP requests to one node. */
export class HTTPBase extends AbstractHTTP {
  readonly #base: URL;
  readonly #password: string | null;
  readonly #fetch: Fetch;
  readonly #limits: { readonly maxResponseBytes: number; readonly timeoutMs: number };
  readonly #debug: DebugHook | null;
  #session: HTTPSession | null = null;
  #closed = false;

  /**
   * @param uri - Base URL of the node; may have a path.
   * @param password - Password of the node; null for a node without one. An empty string is sent like any
   *   other.
   * @throws InvalidTypeError, OutOfRangeError naming the argument; the password is not in the message.
   */
  constructor(uri: string | URL, password: string | null, options?: HTTPOptions | null) {
    super();
    requireKnownOptions("", options, httpOptionNames);
    this.#debug = readDebug(options);
    this.#base = readBase(uri);
    this.#password = readPassword(password);
    this.#fetch = requireFunction("fetch", options?.fetch ?? ((url, init) => globalThis.fetch(url, init)));
    this.#limits = readNumberOptions("", defaultHTTPOptions, { maxResponseBytes: 1, timeoutMs: 1 }, options);
  }

  override get closed(): boolean {
    return this.#closed;
  }

  /**
   * Session of the running requests. Created on first use, and again after a reset.
   *
   * @throws ClientClosedError when the client is closed and has no session.
   */
  get session(): HTTPSession {
    if (!this.#session) {
      if (this.#closed) throw new ClientClosedError();
      this.#session = new HTTPSession(this.#fetch, this.#limits);
    }
    return this.#session;
  }

  override async close(): Promise<void> {
    this.#closed = true;
    await this.#session?.close();
  }

  override async reset(): Promise<void> {
    const old = this.#session;
    this.#session = null;
    this.#closed = false;
    await old?.close();
  }

  override async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    if (this.#closed) throw new ClientClosedError();
    requireText("method", method);
    requireKnownOptions("", options, requestOptionNames);
    const url = this.#urlOf(path, options?.params);
    const { json, headers } = options ?? {};
    const signal = readSignal(options?.signal);
    const init: RequestInit = { method, headers: this.#headersOf(json !== undefined, headers) };
    if (json !== undefined) init.body = JSON.stringify(json);
    const { status, statusText, text } = await this.#send(url, init, signal);
    const body = parse(text);
    if (status >= 400) {
      const { code, message, error } = readHttpError(status, statusText, body);
      throw new HTTPError(code, message, error && AndesiteError.fromWire(error));
    }
    if (body === undefined) {
      const subject = `the response of ${url.origin}${url.pathname}`;
      throw new MalformedDataError(subject, "", "JSON, as that of an Andesite node");
    }
    return body;
  }

  /** Returns class name and base URL, without the query, which may contain a password. */
  override toString(): string {
    return `${this.constructor.name}(${this.#base.origin}${this.#base.pathname})`;
  }

  async #send(url: URL, init: RequestInit, signal: AbortSignal | null | undefined): Promise<Answer> {
    // Without the query, which may contain a password.
    const request = { origin: url.origin, method: init.method, path: url.pathname };
    const startMs = performance.now();
    this.#debug?.({ source: "http", event: "request-sent", details: request });
    try {
      const answer = await this.session.send(url, init, signal);
      this.#debug?.({
        source: "http",
        event: "response-received",
        details: {
          ...request,
          status: answer.status,
          chars: answer.text.length,
          durationMs: Math.round(performance.now() - startMs),
        },
      });
      return answer;
    } catch (error) {
      this.#debug?.({
        source: "http",
        event: "request-failed",
        details: { ...request, error: String(error), durationMs: Math.round(performance.now() - startMs) },
      });
      // Errors of the transport; those of the session and the reasons of signals have other classes.
      if (error instanceof TypeError && !signal?.aborted) {
        throw new RequestError(String(init.method), url, error);
      }
      throw error;
    }
  }

  #urlOf(path: string, params: RequestOptions["params"]): URL {
    if (typeof path !== "string") throw new InvalidTypeError("path", "a string");
    if (path.startsWith("/")) throw new OutOfRangeError("path", "relative, without a leading slash");
    const url = new URL(this.#base);
    // Appended, not resolved: a path like "http://other.example" must not send the password to another host.
    url.pathname += path;
    for (const [name, value] of Object.entries(params ?? {})) url.searchParams.set(name, value);
    return url;
  }

  #headersOf(hasBody: boolean, more: RequestOptions["headers"]): Headers {
    const headers = new Headers({ Accept: "application/json", "User-Agent": USER_AGENT });
    if (hasBody) headers.set("Content-Type", "application/json");
    if (this.#password !== null) headers.set(Header.AUTHORIZATION, this.#password);
    for (const [name, value] of Object.entries(more ?? {})) headers.set(name, value);
    return headers;
  }
}

/** Returns null for an empty text, undefined for invalid JSON. */
function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the base URL of a node. */
function readBase(uri: string | URL): URL {
  const base = readUri("uri", uri, ["http:", "https:"]);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/**
 * Checks a password.
 *
 * @throws InvalidTypeError, OutOfRangeError when it is not a valid header value; the password is not in the
 *   message.
 */
export function readPassword(password: string | null): string | null {
  if (password === null || password === undefined) return null;
  if (typeof password !== "string") throw new InvalidTypeError("password", "a string or null");
  // Checked here, because fetch would repeat the password in its message.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(password)) {
    throw new OutOfRangeError("password", "a valid header value");
  }
  return password;
}
