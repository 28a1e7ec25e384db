import type { RouteDefinition } from "@asterite/andesite-protocol";
import type { HandlerContext, UserHandlerContext } from "./handler-context.ts";
import type { HttpResponse } from "./http-response.ts";
import { parsePath } from "./request-target.ts";

/** OpenAPI documentation of a route. */
export interface RouteDocs {
  /** Unique `operationId`. */
  readonly id: string;
  /** One-line summary. */
  readonly summary: string;
  /** Tag that groups it in the document. */
  readonly tag: "tracks" | "players" | "node";
  /** Query parameters by name. */
  readonly parameters?: Readonly<Record<string, ParameterDocs>>;
  /** Name of the schema of the request body; absent if the route reads none. */
  readonly body?: SchemaName;
  /** An example of the body. */
  readonly example?: unknown;
  /** Name of the schema of a successful response; null if it has no body. */
  readonly response: SchemaName | null;
  /** Statuses of simple errors, in addition to those that every route can return. */
  readonly errors?: readonly number[];
}

/** OpenAPI documentation of a query parameter. */
interface ParameterDocs {
  readonly description: string;
  readonly isRequired: boolean;
}

/** Name of a schema in the OpenAPI document. */
type SchemaName =
  | "Stats"
  | "LavalinkStats"
  | "Plugins"
  | "LoadResult"
  | "TrackInfo"
  | "TrackQuery"
  | "TrackList"
  | "DecodedTracks"
  | "Player"
  | "Play"
  | "Mixer"
  | "Filters"
  | "Pause"
  | "Seek"
  | "Volume"
  | "Update"
  | "VoiceServerUpdate"
  | "ListenRequest"
  | "ListenLink"
  | "OpenApi";

/** Route that needs no user id. */
export interface Route {
  readonly definition: RouteDefinition;
  readonly docs: RouteDocs;
  handle(context: HandlerContext): HttpResponse | Promise<HttpResponse>;
}

/** Route that needs a user id. */
export interface UserRoute {
  readonly definition: RouteDefinition;
  readonly docs: RouteDocs;
  handle(context: UserHandlerContext): HttpResponse | Promise<HttpResponse>;
}

/** Route that matches a request. */
export interface RouteMatch<AnyRoute> {
  readonly route: AnyRoute;
  /** Value of the path parameter `:guildId`; undefined if the route has none. */
  readonly guildId: string | undefined;
}

const guildParameter = ":guildId";

/** Routes by method and path. */
export class RouteTable<AnyRoute extends Route | UserRoute> {
  readonly #rows: readonly { readonly route: AnyRoute; readonly segments: readonly string[] }[];

  constructor(routes: readonly AnyRoute[]) {
    this.#rows = routes.map((route) => ({ route, segments: parsePath(route.definition.path) ?? [] }));
  }

  find(method: string, path: readonly string[]): RouteMatch<AnyRoute> | undefined {
    for (const { route, segments } of this.#rows) {
      if (route.definition.method !== method || segments.length !== path.length) continue;
      if (!segments.every((segment, at) => segment === guildParameter || segment === path[at])) continue;
      const at = segments.indexOf(guildParameter);
      return { route, guildId: path[at] };
    }
    return undefined;
  }
}
