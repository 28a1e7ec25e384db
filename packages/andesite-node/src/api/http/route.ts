import type { RouteDefinition } from "@asterite/andesite-protocol";
import type { HandlerContext, UserHandlerContext } from "./handler-context.ts";
import type { HttpResponse } from "./http-response.ts";
import { parsePath } from "./request-target.ts";

/** What the description of the node says about a route. */
export interface RouteDocs {
  /** Name of the operation, unique. */
  readonly id: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** Heading under which it stands. */
  readonly tag: "tracks" | "players" | "node";
  /** Query parameters by name. */
  readonly parameters?: Readonly<Record<string, ParameterDocs>>;
  /** Name of the body's schema; absent where none is read. */
  readonly body?: SchemaName;
  /** An example of the body. */
  readonly example?: unknown;
  /** Name of the schema of a good answer; null for an answer without a body. */
  readonly response: SchemaName | null;
  /** Statuses of simple errors beside those that every route has. */
  readonly errors?: readonly number[];
}

/** One query parameter. */
interface ParameterDocs {
  readonly description: string;
  readonly isRequired: boolean;
}

/** Name of a schema in the description of the node. */
type SchemaName =
  | "Stats"
  | "LavalinkStats"
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

/** A route that needs no user id. */
export interface Route {
  readonly definition: RouteDefinition;
  readonly docs: RouteDocs;
  handle(context: HandlerContext): HttpResponse | Promise<HttpResponse>;
}

/** A route that needs a user id. */
export interface UserRoute {
  readonly definition: RouteDefinition;
  readonly docs: RouteDocs;
  handle(context: UserHandlerContext): HttpResponse | Promise<HttpResponse>;
}

/** A route that fits a request. */
export interface RouteMatch<AnyRoute> {
  readonly route: AnyRoute;
  /** What stands in place of `:guildId`; null where the path has no such place. */
  readonly guildId: string | null;
}

const guildParameter = ":guildId";

/** Finds the first route that fits; null without one. */
export class RouteTable<AnyRoute extends Route | UserRoute> {
  readonly #rows: readonly { readonly route: AnyRoute; readonly segments: readonly string[] }[];

  constructor(routes: readonly AnyRoute[]) {
    this.#rows = routes.map((route) => ({ route, segments: parsePath(route.definition.path) ?? [] }));
  }

  find(method: string, path: readonly string[]): RouteMatch<AnyRoute> | null {
    for (const { route, segments } of this.#rows) {
      if (route.definition.method !== method || segments.length !== path.length) continue;
      if (!segments.every((segment, at) => segment === guildParameter || segment === path[at])) continue;
      const at = segments.indexOf(guildParameter);
      return { route, guildId: path[at] ?? null };
    }
    return null;
  }
}
