import {
  bandCount,
  filterSettings,
  operations,
  type ResponseName,
  responseSchemas,
  type SettingRange,
} from "@asterite/andesite-protocol";
import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import { object } from "valibot";

/** A schema of JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const folder = "#/components/schemas/";

/** A reference to a schema of the document. */
export const reference = (name: string): JsonSchema => ({ $ref: folder + name });

const settings = {
  typeMode: "output",
  target: "draft-2020-12",
  // What transforms a value says nothing about its form.
  errorMode: "ignore",
} as const;

/** Keys of a track that are there for clients which ask for more. */
const additions = ["artworkUrl", "isrc", "album", "lyrics"];
/** Keys that are there in certain cases only. */
const sometimes: { readonly [Name in ResponseName]?: readonly string[] } = {
  Player: ["destroyed"],
  LoadResult: ["cause", "severity", "name", "selectedTrack"],
  LavalinkStats: ["frameStats"],
  TrackInfo: additions,
  DecodedTracks: additions,
  Error: ["stack"],
};

/** Everything that the routes take and answer. */
export function documentSchemas(): Record<string, JsonSchema> {
  return { ...answers(), ...bodies(), ...ours };
}

function answers(): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = {};
  const converted = toJsonSchemaDefs(responseSchemas, {
    ...settings,
    overrideRef: ({ referenceId }) => folder + referenceId,
  });
  for (const [name, schema] of Object.entries(converted)) {
    schemas[name] = strict(schema, sometimes[name as ResponseName] ?? []) as JsonSchema;
  }
  const track = schemas["TrackInfo"] as { properties: { info: { properties: object } } };
  // Whole numbers of 64 bits, which is the length of what never ends.
  Object.assign(track.properties.info.properties, {
    length: { type: "integer" },
    position: { type: "integer" },
  });
  for (const name of ["Player", "MixerPlayer"]) {
    Object.assign((schemas[name] as { properties: object }).properties, {
      filters: reference("FilterStates"),
    });
  }
  return schemas;
}

/** The node leaves no key out, other than the reader that the schema was written for expects. */
function strict(schema: unknown, optional: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((item) => strict(item, optional));
  if (typeof schema !== "object" || schema === null) return schema;
  const { default: _default, required: _required, ...rest } = schema as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(rest)) {
    result[keyword] =
      keyword === "properties" ? strictProperties(value as object, optional) : strict(value, optional);
  }
  if (result["type"] === "object" && result["properties"] !== undefined) {
    result["required"] = Object.keys(result["properties"] as object).filter((key) => !optional.includes(key));
  }
  return result;
}

const strictProperties = (properties: object, optional: readonly string[]): object =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, strict(value, optional)]));

function bodies(): Record<string, JsonSchema> {
  const body = (op: keyof typeof operations): JsonSchema => {
    const { $schema: _schema, ...schema } = toJsonSchema(object(operations[op].fields), settings);
    return linkFilters(schema) as JsonSchema;
  };
  const voice = body("voice-server-update");
  return {
    Play: body("play"),
    Mixer: body("mixer"),
    Pause: body("pause"),
    Seek: body("seek"),
    Volume: body("volume"),
    Update: body("update"),
    VoiceServerUpdate: {
      ...voice,
      properties: { guildId: snowflake, ...(voice["properties"] as object) },
      required: ["guildId"],
    },
  };
}

/** Filters are read after the rest of an operation, by a table of their own. */
function linkFilters(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(linkFilters);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "filters" ? { anyOf: [reference("Filters"), { type: "null" }] } : linkFilters(value),
    ]),
  );
}

const setting = ({ default: fallback, above, max }: SettingRange): JsonSchema => ({
  type: ["number", "null"],
  default: fallback,
  ...(above !== undefined && { exclusiveMinimum: above }),
  ...(max !== undefined && { maximum: max }),
});

const plainFilters = Object.entries(filterSettings).map(
  ([name, ranges]: [string, Readonly<Record<string, SettingRange>>]) => {
    const entries = Object.entries(ranges).map(([key, range]) => [key, setting(range)] as const);
    return [name, Object.fromEntries(entries)] as const;
  },
);

const band: JsonSchema = {
  type: "object",
  properties: {
    band: { type: "integer", minimum: 0, maximum: bandCount - 1 },
    gain: { type: "number", description: "−0.25 (silent) to 1 (five times)" },
  },
  required: ["band", "gain"],
};

const bands: JsonSchema = { type: "array", items: band };

const filterUpdates = plainFilters.map(([name, properties]) => {
  const filter = { type: ["object", "null"], properties };
  return [name, name === "volume" ? { anyOf: [filter, properties["volume"]] } : filter] as const;
});

const number: JsonSchema = { type: "number" };

const filterStates = plainFilters.map(([name, properties]) => {
  const keys = Object.keys(properties);
  const entries = keys.map((key) => [key, number] as const);
  const enabled = { type: "boolean" };
  return [
    name,
    {
      type: "object",
      properties: { ...Object.fromEntries(entries), enabled },
      required: [...keys, "enabled"],
    },
  ] as const;
});

const snowflake: JsonSchema = { type: "string", pattern: "^\\+?\\d{1,64}$" };

/** What no schema of the protocol stands behind. */
const ours: Readonly<Record<string, JsonSchema>> = {
  Filters: {
    type: "object",
    description: "Changes to the filters that are named, and there to the settings that are given",
    properties: {
      ...Object.fromEntries(filterUpdates),
      equalizer: { type: ["object", "null"], properties: { bands } },
    },
  },
  FilterStates: {
    type: "object",
    properties: {
      ...Object.fromEntries(filterStates),
      equalizer: {
        type: "object",
        properties: { bands, enabled: { type: "boolean" } },
        required: ["bands", "enabled"],
      },
    },
    required: ["equalizer", ...plainFilters.map(([name]) => name)],
  },
  TrackQuery: { type: "object", properties: { track: { type: "string" } }, required: ["track"] },
  TrackList: { type: "array", items: { type: "string" } },
  ListenRequest: {
    type: "object",
    properties: {
      ttl: {
        type: ["number", "null"],
        exclusiveMinimum: 0,
        description: "Seconds for which the address works",
      },
    },
  },
  ListenLink: {
    type: "object",
    properties: {
      url: { type: "string", description: "Path on this node" },
      expires: { type: "integer", description: "ms since 1970" },
    },
    required: ["url", "expires"],
  },
  OpenApi: { type: "object", description: "This document" },
};
