import {
  bandCount,
  type EffectRange,
  effectSettings,
  filterSettings,
  type JsonSchema,
  type OperationName,
  operationJsonSchema,
  type ResponseName,
  responseSchemas,
  type SettingRange,
} from "@asterite/andesite-protocol";

export type { JsonSchema };

const schemaPath = "#/components/schemas/";

/** Returns a reference to a schema of the document. */
export const schemaReference = (name: string): JsonSchema => ({ $ref: schemaPath + name });

/** Keys of a track that are only present in extended responses. */
const extendedTrackKeys = ["artworkUrl", "isrc", "album", "lyrics"];
/** Keys that are only present in certain cases, by schema. */
const optionalKeys: { readonly [Name in ResponseName]?: readonly string[] } = {
  Player: ["destroyed"],
  LoadResult: ["cause", "severity", "name", "selectedTrack", "omitted", "collections"],
  LavalinkStats: ["frameStats"],
  TrackInfo: extendedTrackKeys,
  DecodedTracks: extendedTrackKeys,
  Error: ["stack"],
};

/** Returns the schemas of all request bodies and responses. */
export function documentSchemas(): Record<string, JsonSchema> {
  return { ...responseJsonSchemas(), ...bodyJsonSchemas(), ...additionalSchemas };
}

function responseJsonSchemas(): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = {};
  for (const [name, { json }] of Object.entries(responseSchemas)) {
    // A copy, so that the schema itself is not replaced with a reference.
    schemas[name] = toResponse({ ...json }, optionalKeys[name as ResponseName] ?? []) as JsonSchema;
  }
  const track = schemas["TrackInfo"] as { properties: { info: { properties: object } } };
  // 64-bit integers: the length of an endless stream is the maximum of a signed 64-bit number.
  Object.assign(track.properties.info.properties, {
    length: { type: "integer" },
    position: { type: "integer" },
  });
  for (const name of ["Player", "MixerPlayer"]) {
    Object.assign((schemas[name] as { properties: object }).properties, {
      filters: schemaReference("FilterStates"),
    });
  }
  return schemas;
}

const responseNames = new Map<unknown, string>(
  Object.entries(responseSchemas).map(([name, { json }]) => [json, name]),
);

/**
 * Marks all other keys as required, and replaces the schemas of other responses with references. The schemas were
 * written for a lenient reader, but the node always sends every key.
 */
function toResponse(schema: unknown, optional: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((item) => toResponse(item, optional));
  if (typeof schema !== "object" || schema === null) return schema;
  const name = responseNames.get(schema);
  if (name !== undefined) return schemaReference(name);
  const { default: _default, required: _required, ...rest } = schema as JsonSchema;
  const convert = ([key, value]: [string, unknown]) => [key, toResponse(value, optional)] as const;
  const result = Object.fromEntries(Object.entries(rest).map(convert));
  const { properties } = rest;
  if (properties !== undefined) {
    result["properties"] = Object.fromEntries(Object.entries(properties as object).map(convert));
    result["required"] = Object.keys(properties as object).filter((key) => !optional.includes(key));
  }
  return result;
}

function bodyJsonSchemas(): Record<string, JsonSchema> {
  const body = (op: OperationName) => linkFilters(operationJsonSchema(op)) as JsonSchema;
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
      properties: { guildId: snowflakeSchema, ...(voice["properties"] as object) },
      required: ["guildId"],
    },
  };
}

/**
 * Replaces `filters` with a reference: filters are parsed separately from the other fields of an operation.
 */
function linkFilters(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(linkFilters);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "filters" ? { anyOf: [schemaReference("Filters"), { type: "null" }] } : linkFilters(value),
    ]),
  );
}

type Range = SettingRange & Partial<EffectRange>;

const settingSchema = ({ default: fallback, above, min, max, isInteger }: Range): JsonSchema => ({
  type: [isInteger ? "integer" : "number", "null"],
  default: fallback,
  ...(above !== undefined && { exclusiveMinimum: above }),
  ...(min !== undefined && { minimum: min }),
  ...(max !== undefined && { maximum: max }),
});

const toProperties = (settings: Readonly<Record<string, Readonly<Record<string, Range>>>>) =>
  Object.entries(settings).map(([name, ranges]) => {
    const entries = Object.entries(ranges).map(([key, range]) => [key, settingSchema(range)] as const);
    return [name, Object.fromEntries(entries)] as const;
  });

const filterProperties = toProperties(filterSettings);
/** Effects are in a player's state only when they were changed. */
const effectProperties = toProperties(effectSettings);

const bandSchema: JsonSchema = {
  type: "object",
  properties: {
    band: { type: "integer", minimum: 0, maximum: bandCount - 1 },
    gain: { type: "number", description: "−0.25 (silent) to 1 (five times)" },
  },
  required: ["band", "gain"],
};

const bandsSchema: JsonSchema = { type: "array", items: bandSchema };

const filterUpdateSchemas = [...filterProperties, ...effectProperties].map(([name, properties]) => {
  const filter = { type: ["object", "null"], properties };
  return [name, name === "volume" ? { anyOf: [filter, properties["volume"]] } : filter] as const;
});

const numberSchema: JsonSchema = { type: "number" };

const filterStateSchemas = [...filterProperties, ...effectProperties].map(([name, properties]) => {
  const keys = Object.keys(properties);
  const entries = keys.map((key) => [key, numberSchema] as const);
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

const snowflakeSchema: JsonSchema = { type: "string", pattern: "^\\+?\\d{1,64}$" };

/** Schemas without a counterpart among the schemas of the protocol. */
const additionalSchemas: Readonly<Record<string, JsonSchema>> = {
  Filters: {
    type: "object",
    description: "Changes to the given filters; settings that are left out keep their values",
    properties: {
      ...Object.fromEntries(filterUpdateSchemas),
      equalizer: { type: ["object", "null"], properties: { bands: bandsSchema } },
    },
  },
  FilterStates: {
    type: "object",
    properties: {
      ...Object.fromEntries(filterStateSchemas),
      equalizer: {
        type: "object",
        properties: { bands: bandsSchema, enabled: { type: "boolean" } },
        required: ["bands", "enabled"],
      },
    },
    required: ["equalizer", ...filterProperties.map(([name]) => name)],
  },
  Plugins: { type: "array", maxItems: 0 },
  TrackQuery: { type: "object", properties: { track: { type: "string" } }, required: ["track"] },
  TrackList: { type: "array", items: { type: "string" } },
  ListenRequest: {
    type: "object",
    properties: {
      ttl: {
        type: ["number", "null"],
        exclusiveMinimum: 0,
        description: "Lifetime of the link in seconds",
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
