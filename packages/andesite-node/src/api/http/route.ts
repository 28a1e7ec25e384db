import type { RouteDefinition } from "@asterite/andesite-protocol";
import type { Exchange, UserExchange } from "./handler-context.ts";
import type { Answer } from "./http-response.ts";
import { readPath } from "./request-target.ts";

/** What the description of the node says about a route. */
export interface RouteNotes {
  /** Name of the operation, unique. */
  readonly id: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** Heading under which it stands. */
  readonly tag: "tracks" | "players" | "node";
  /** Query parameters by name. */
  readonly parameters?: Readonly<Record<string, ParameterNotes>>;
  /** Name of the body's schema; absent where none is read. */
  readonly body?: SchemaName;
  /** An example of the body. */
  readonly example?: unknown;
  /** Name of the schema of a good answer; null for an answer without a body. */
  readonly answer: SchemaName | null;
  /** Statuses of simple errors beside those that every route has. */
  readonly errors?: readonly number[];
}

/** One query parameter. */
interface ParameterNotes {
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
export interface OpenRoute {
  readonly definition: RouteDefinition;
  readonly notes: RouteNotes;
  handle(exchange: Exchange): Answer | Promise<Answer>;
}

/** A route that needs a user id. */
export interface UserRoute {
  readonly definition: RouteDefinition;
  readonly notes: RouteNotes;
  handle(exchange: UserExchange): Answer | Promise<Answer>;
}

/** A route that fits a request. */
export interface Match<Route> {
  readonly route: Route;
  /** What stands in place of `:guildId`; null where the path has no such place. */
  readonly guildId: string | null;
}

const guildPlace = ":guildId";

/** Finds the first route that fits; null without one. */
export class RouteTable<Route extends OpenRoute | UserRoute> {
  readonly #rows: readonly { readonly route: Route; readonly segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#rows = routes.map((route) => ({ route, segments: readPath(route.definition.path) ?? [] }));
  }

  find(method: string, path: readonly string[]): Match<Route> | null {
    for (const { route, segments } of this.#rows) {
      if (route.definition.method !== method || segments.length !== path.length) continue;
      if (!segments.every((segment, at) => segment === guildPlace || segment === path[at])) continue;
      const at = segments.indexOf(guildPlace);
      return { route, guildId: path[at] ?? null };
    }
    return null;
  }
}
