import {
  errorMessages,
  type OperationName,
  parseSnowflake,
  type RouteDefinition,
  readOperation,
  routes,
} from "@asterite/andesite-protocol";
import { OperationError } from "../../errors.ts";
import type { LibraryEndpoint } from "../../library/library-endpoint.ts";
import type { PlayerReport } from "../../players/player-report.ts";
import type { PlayerOperation, Players } from "../../players/players.ts";
import type { StreamEndpoint } from "../../streaming/stream-endpoint.ts";
import { parseObject } from "./body.ts";
import type { UserHandlerContext } from "./handler-context.ts";
import { HttpError } from "./http-error.ts";
import type { HttpResponse } from "./http-response.ts";
import type { RouteDocs, UserRoute } from "./route.ts";

/**
 * Parses an operation from a request body.
 *
 * @throws OperationError naming the invalid field.
 */
function toOperation(op: OperationName, payload: Readonly<Record<string, unknown>>): PlayerOperation {
  const fields = readOperation(op, payload);
  if (!fields.ok) throw new OperationError(fields.field, fields.expected);
  // The fields were parsed by the definition of this operation, which the compiler cannot infer.
  return { op, fields: fields.value, payload } as PlayerOperation;
}

const playerResponse = (report: PlayerReport | null): HttpResponse => {
  if (report === null) throw new HttpError(404, errorMessages.playerNotFound);
  return { status: 200, body: report };
};

/** Returns the routes that query and control players. */
export function playerRoutes(
  players: Players,
  streams: StreamEndpoint,
  library: LibraryEndpoint,
): UserRoute[] {
  const operationRoute = (
    definition: RouteDefinition & { readonly operation: OperationName },
    docs: Omit<RouteDocs, "tag" | "response">,
  ): UserRoute => ({
    definition,
    docs: { ...docs, tag: "players", response: "Player" },
    handle({ userId, guildId, body }) {
      const payload = docs.body === undefined ? {} : parseObject(body);
      return playerResponse(players.perform(userId, guildId, toOperation(definition.operation, payload)));
    },
  });

  return [
    {
      definition: routes.voiceServerUpdate,
      docs: {
        id: "voiceServerUpdate",
        summary: "Passes on a voice server update from Discord",
        tag: "players",
        body: "VoiceServerUpdate",
        example: {
          guildId: "81384788765712384",
          sessionId: "30f32c5d54ae86130fc4a215c7474263",
          event: { token: "66d29164ee8cd919", endpoint: "voice.example.org" },
        },
        response: null,
        errors: [400],
      },
      handle({ userId, body }) {
        const payload = parseObject(body);
        const { guildId: given } = payload;
        const guildId = typeof given === "string" ? parseSnowflake(given) : null;
        if (guildId === null) throw new HttpError(400, errorMessages.invalidGuildId);
        players.perform(userId, guildId, toOperation("voice-server-update", payload));
        return { status: 204 };
      },
    },
    {
      definition: routes.getPlayer,
      docs: {
        id: "getPlayer",
        summary: "Returns the state of a player",
        tag: "players",
        response: "Player",
        errors: [404],
      },
      handle: ({ userId, guildId }) => playerResponse(players.get(userId, guildId)),
    },
    operationRoute(routes.play, {
      id: "play",
      summary: "Plays a track",
      body: "Play",
      example: { track: "QAAAjQIA…", volume: 50 },
    }),
    operationRoute(routes.stop, { id: "stop", summary: "Stops the track" }),
    operationRoute(routes.mixer, {
      id: "mixer",
      summary: "Turns the mixer on or off and changes its players",
      body: "Mixer",
      example: { enable: true, players: { background: { track: "QAAAjQIA…", volume: 40 } } },
    }),
    operationRoute(routes.filters, {
      id: "filters",
      summary: "Changes the given filters",
      body: "Filters",
      example: { equalizer: { bands: [{ band: 0, gain: 0.2 }] }, timescale: { speed: 1.1 } },
    }),
    operationRoute(routes.pause, {
      id: "pause",
      summary: "Pauses or resumes",
      body: "Pause",
      example: { pause: true },
    }),
    operationRoute(routes.seek, {
      id: "seek",
      summary: "Seeks to a position",
      body: "Seek",
      example: { position: 30_000 },
    }),
    operationRoute(routes.volume, {
      id: "volume",
      summary: "Sets the volume",
      body: "Volume",
      example: { volume: 80 },
    }),
    operationRoute(routes.update, {
      id: "update",
      summary: "Changes the given fields: pause, position, volume, filters, in this order",
      body: "Update",
      example: { pause: false, volume: 80 },
    }),
    {
      definition: routes.destroy,
      docs: {
        id: "destroy",
        summary: "Removes a player and returns its last state",
        tag: "players",
        response: "Player",
        errors: [404],
      },
      handle({ userId, guildId }) {
        const report = players.perform(userId, guildId, toOperation("destroy", {}));
        // Only the WebSocket operation `destroy` reports this field.
        const { destroyed: _destroyed, ...state } = report ?? {};
        return playerResponse(report === null ? null : (state as PlayerReport));
      },
    },
    {
      definition: routes.listen,
      docs: {
        id: "listen",
        summary: "Creates a link that streams the audio of a player without a password",
        tag: "players",
        body: "ListenRequest",
        example: { ttl: 3_600 },
        response: "ListenLink",
        errors: [400, 404],
      },
      handle: (context) => createLink(context, streams, errorMessages.playerNotFound),
    },
    {
      definition: routes.library,
      docs: {
        id: "library",
        summary: "Creates a link that lists the music folders without a password",
        tag: "tracks",
        body: "ListenRequest",
        example: { ttl: 3_600 },
        response: "ListenLink",
        errors: [400, 404],
      },
      handle: (context) => createLink(context, library, errorMessages.noLibrary),
    },
  ];
}

function createLink(
  { userId, guildId, body }: UserHandlerContext,
  links: Pick<StreamEndpoint, "createLink">,
  missing: string,
): HttpResponse {
  const { ttl = null } = body.length === 0 ? {} : parseObject(body);
  if (ttl !== null && !(typeof ttl === "number" && Number.isFinite(ttl) && ttl > 0)) {
    throw new OperationError("ttl", "a number of seconds above 0");
  }
  const link = links.createLink(userId, guildId, ttl ?? undefined);
  if (link === undefined) throw new HttpError(404, missing);
  return { status: 200, body: { url: link.url, expires: link.expires } };
}
