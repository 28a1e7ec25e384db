import {
  artworkPath,
  Header,
  listenPath,
  QueryParameter,
  type RouteDefinition,
  webSocketPath,
} from "@asterite/andesite-protocol";
import { nodeVersion } from "../../version.ts";
import type { RouteNotes } from "../http/route.ts";
import { documentSchemas, type JsonSchema, reference } from "./schemas.ts";

/** A route as the document tells it. */
export interface DocumentedRoute {
  readonly definition: RouteDefinition;
  readonly notes: RouteNotes;
}

const json = (schema: JsonSchema, example?: unknown): object => ({
  "application/json": { schema, ...(example !== undefined && { example }) },
});

const simple = (description: string): object => ({ description, content: json(reference("SimpleError")) });

const failures: Readonly<Record<string, string>> = {
  400: "Something that is needed is missing or malformed",
  404: "There is no such player",
};

const guild = {
  name: "guildId",
  in: "path",
  required: true,
  description: "Id of the guild, an unsigned 64-bit decimal",
  schema: { type: "string" },
};

const userIds = [
  {
    name: Header.USER_ID,
    in: "header",
    description: "Id of the bot, an unsigned 64-bit decimal; counts before the query parameter",
    schema: { type: "string" },
  },
  {
    name: QueryParameter.USER_ID,
    in: "query",
    description: "Id of the bot; one of the two is needed",
    schema: { type: "string" },
  },
];

const shortErrors = [
  {
    name: Header.SHORT_ERRORS,
    in: "header",
    description: "With any value: errors without stack traces",
    schema: { type: "string" },
  },
  {
    name: QueryParameter.SHORT_ERRORS,
    in: "query",
    description: "The same as the header",
    schema: { type: "string" },
  },
];

/** Describes the routes of the node in the form of OpenAPI 3.1. */
export function openApiDocument(routes: readonly DocumentedRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const { path, method } = route.definition;
    const key = `/${path.replace(":guildId", "{guildId}")}`;
    const operations = paths[key] ?? {};
    paths[key] = operations;
    operations[method.toLowerCase()] = describe(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Asterite audio node",
      version: nodeVersion,
      description: `Plays audio for Andesite clients. WebSockets are at \`/${webSocketPath}\`; every answer tells in \`Andesite-…\` headers who the node is. Addresses that it hands out below \`/${listenPath}/\` and \`/${artworkPath}/\` are open to whoever knows them.`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [
      {
        name: "players",
        description: "One player a user and guild, made by the first command that needs it",
      },
      { name: "tracks", description: "Finding tracks" },
      { name: "node", description: "About the node itself" },
    ],
    security: [{ header: [] }, { query: [] }, {}],
    paths,
    components: {
      schemas: documentSchemas(),
      securitySchemes: {
        header: {
          type: "apiKey",
          in: "header",
          name: Header.AUTHORIZATION,
          description: "The bare password, without a scheme",
        },
        query: { type: "apiKey", in: "query", name: QueryParameter.PASSWORD, description: "The password" },
      },
    },
  };
}

function describe({ definition, notes }: DocumentedRoute): object {
  const { id, summary, tag, parameters = {}, body, example, answer, errors = [] } = notes;
  const { path, user } = definition;
  const query = Object.entries(parameters).map(([name, { description, isRequired }]) => ({
    name,
    in: "query",
    required: isRequired,
    description,
    schema: { type: "string" },
  }));
  const refusals = new Set([...errors, ...(user || body !== undefined ? [400] : [])]);
  return {
    operationId: id,
    summary,
    tags: [tag],
    parameters: [
      ...(path.includes(guild.name) ? [guild] : []),
      ...(user ? userIds : []),
      ...query,
      ...shortErrors,
    ],
    ...(body !== undefined && {
      requestBody: { required: body !== "ListenRequest", content: json(reference(body), example) },
    }),
    responses: {
      ...(answer === null
        ? { 204: { description: "Done" } }
        : { 200: { description: "Done", content: json(reference(answer)) } }),
      ...Object.fromEntries([...refusals].sort().map((status) => [status, simple(failures[status] ?? "")])),
      401: simple("The password is missing or wrong"),
      413: simple("The body is too large"),
      500: { description: "The operation failed", content: json(reference("Error")) },
    },
  };
}
