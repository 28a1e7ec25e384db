import type { Query } from "../http/query.ts";

/** Request data that a handler receives. */
interface Lavalink4Context {
  readonly query: Query;
  /** Parsed JSON; undefined for routes without a body. */
  readonly body: unknown;
  /** `:sessionId` of the path; empty for a route without one. */
  readonly sessionId: string;
  /** `:guildId` of the path, unchecked; empty for a route without one. */
  readonly guildId: string;
  /** `:mixId` of the path; empty for a route without one. */
  readonly mixId: string;
  /** Aborted when the client disconnects before the response. */
  readonly signal: AbortSignal;
}

/** Response of a handler: JSON, plain text, or without a body. */
export interface Lavalink4Response {
  readonly status: number;
  /** Serialized as JSON. */
  readonly body?: unknown;
  /** Plain text in place of a body. */
  readonly text?: string;
}

/** A route of Lavalink 4. */
export interface Lavalink4Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path with the parameters `:sessionId`, `:guildId` and `:mixId`. */
  readonly path: string;
  /** Whether it reads a JSON body; `untyped` also without the content type of JSON. Default: false. */
  readonly hasBody?: boolean | "untyped";
  handle(context: Lavalink4Context): Lavalink4Response | Promise<Lavalink4Response>;
}

/** Parameters of a path; empty where it has none. */
type PathParameters = Record<"sessionId" | "guildId" | "mixId", string>;

/** A route that matches a request, with the parameters of its path. */
interface RouteMatch extends PathParameters {
  readonly type: "route";
  readonly route: Lavalink4Route;
}

/** Result of {@link findRoute}. */
export type RouteSearch =
  | RouteMatch
  /** The path exists, but not with this method. */
  | { readonly type: "method"; readonly allowed: readonly string[] }
  | { readonly type: "none" };

/** Finds the route of a request. `HEAD` is served where `GET` is. */
export function findRoute(
  routes: readonly Lavalink4Route[],
  method: string,
  segments: readonly string[],
): RouteSearch {
  const ofPath = routes.flatMap((route) => {
    const parameters = matchPath(route.path.slice(1).split("/"), segments);
    return parameters ? { type: "route" as const, route, ...parameters } : [];
  });
  if (ofPath.length === 0) return { type: "none" };
  const wanted = method === "HEAD" ? "GET" : method;
  const match = ofPath.find(({ route }) => route.method === wanted);
  if (match) return match;
  const methods = ofPath.map(({ route }) => route.method);
  return { type: "method", allowed: [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"] };
}

function matchPath(pattern: readonly string[], segments: readonly string[]): PathParameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: PathParameters = { sessionId: "", guildId: "", mixId: "" };
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? "";
    if (part === ":sessionId") parameters.sessionId = segment;
    else if (part === ":guildId") parameters.guildId = segment;
    else if (part === ":mixId") parameters.mixId = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}
