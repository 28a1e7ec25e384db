import {
  errorMessages,
  type OperationName,
  parseSnowflake,
  type RouteDefinition,
  readOperation,
  routes,
} from "@asterite/andesite-protocol";
import { OperationError } from "../../errors.ts";
import type { PlayerReport } from "../../players/player-report.ts";
import type { PlayerOperation, Players } from "../../players/players.ts";
import type { Listening } from "../../streaming/stream-endpoint.ts";
import { parseObject } from "./body.ts";
import type { UserExchange } from "./handler-context.ts";
import { RefusedRequest } from "./http-error.ts";
import type { Answer } from "./http-response.ts";
import type { RouteNotes, UserRoute } from "./route.ts";

/**
 * Reads an operation from a body.
 *
 * @throws OperationError naming the field that is wrong.
 */
function toOperation(op: OperationName, payload: Readonly<Record<string, unknown>>): PlayerOperation {
  const fields = readOperation(op, payload);
  if (!fields.ok) throw new OperationError(fields.field, fields.expected);
  // The fields were read by the definition of this very operation, which the compiler cannot follow.
  return { op, fields: fields.value, payload } as PlayerOperation;
}

const found = (report: PlayerReport | null): Answer => {
  if (report === null) throw new RefusedRequest(404, errorMessages.playerNotFound);
  return { status: 200, body: report };
};

/** The routes that look at players and command them. */
export function playerRoutes(players: Players, listening: Listening): UserRoute[] {
  const command = (
    definition: RouteDefinition & { readonly operation: OperationName },
    notes: Omit<RouteNotes, "tag" | "answer">,
  ): UserRoute => ({
    definition,
    notes: { ...notes, tag: "players", answer: "Player" },
    handle({ userId, guildId, body }) {
      const payload = notes.body === undefined ? {} : parseObject(body);
      return found(players.perform(userId, guildId, toOperation(definition.operation, payload)));
    },
  });

  return [
    {
      definition: routes.voiceServerUpdate,
      notes: {
        id: "voiceServerUpdate",
        summary: "Hands over what Discord says about a voice connection",
        tag: "players",
        body: "VoiceServerUpdate",
        example: {
          guildId: "81384788765712384",
          sessionId: "30f32c5d54ae86130fc4a215c7474263",
          event: { token: "66d29164ee8cd919", endpoint: "voice.example.org" },
        },
        answer: null,
        errors: [400],
      },
      handle({ userId, body }) {
        const payload = parseObject(body);
        const { guildId: given } = payload;
        const guildId = typeof given === "string" ? parseSnowflake(given) : null;
        if (guildId === null) throw new RefusedRequest(400, errorMessages.invalidGuildId);
        players.perform(userId, guildId, toOperation("voice-server-update", payload));
        return { status: 204 };
      },
    },
    {
      definition: routes.getPlayer,
      notes: {
        id: "getPlayer",
        summary: "Tells the state of a player",
        tag: "players",
        answer: "Player",
        errors: [404],
      },
      handle: ({ userId, guildId }) => found(players.get(userId, guildId)),
    },
    command(routes.play, {
      id: "play",
      summary: "Plays a track",
      body: "Play",
      example: { track: "QAAAjQIA…", volume: 50 },
    }),
    command(routes.stop, { id: "stop", summary: "Ends the track" }),
    command(routes.mixer, {
      id: "mixer",
      summary: "Switches the mixer and changes its players",
      body: "Mixer",
      example: { enable: true, players: { background: { track: "QAAAjQIA…", volume: 40 } } },
    }),
    command(routes.filters, {
      id: "filters",
      summary: "Changes the filters that are named",
      body: "Filters",
      example: { equalizer: { bands: [{ band: 0, gain: 0.2 }] }, timescale: { speed: 1.1 } },
    }),
    command(routes.pause, {
      id: "pause",
      summary: "Pauses or resumes",
      body: "Pause",
      example: { pause: true },
    }),
    command(routes.seek, {
      id: "seek",
      summary: "Goes to a position",
      body: "Seek",
      example: { position: 30_000 },
    }),
    command(routes.volume, {
      id: "volume",
      summary: "Sets the volume",
      body: "Volume",
      example: { volume: 80 },
    }),
    command(routes.update, {
      id: "update",
      summary: "Changes what is named: pause, position, volume, filters, in this order",
      body: "Update",
      example: { pause: false, volume: 80 },
    }),
    {
      definition: routes.destroy,
      notes: {
        id: "destroy",
        summary: "Removes a player and tells its last state",
        tag: "players",
        answer: "Player",
        errors: [404],
      },
      handle({ userId, guildId }) {
        const report = players.perform(userId, guildId, toOperation("destroy", {}));
        // The key is a mark of the operation of the same name on WebSockets.
        const { destroyed: _destroyed, ...state } = report ?? {};
        return found(report === null ? null : (state as PlayerReport));
      },
    },
    {
      definition: routes.listen,
      notes: {
        id: "listen",
        summary: "Makes an address at which a player can be heard by whoever knows it",
        tag: "players",
        body: "ListenRequest",
        example: { ttl: 3_600 },
        answer: "ListenLink",
        errors: [400, 404],
      },
      handle: (exchange) => makeLink(exchange, listening),
    },
  ];
}

function makeLink({ userId, guildId, body }: UserExchange, listening: Listening): Answer {
  const { ttl = null } = body.length === 0 ? {} : parseObject(body);
  if (ttl !== null && !(typeof ttl === "number" && Number.isFinite(ttl) && ttl > 0)) {
    throw new OperationError("ttl", "a number of seconds above 0");
  }
  const link = listening.link(userId, guildId, ttl);
  if (link === null) throw new RefusedRequest(404, errorMessages.playerNotFound);
  return { status: 200, body: { url: link.url, expires: link.expires } };
}
