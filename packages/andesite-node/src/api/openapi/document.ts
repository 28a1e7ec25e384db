import {
  artworkPath,
  Header,
  libraryPath,
  listenPath,
  QueryParameter,
  type RouteDefinition,
  webSocketPath,
} from "@asterite/andesite-protocol";
import { nodeVersion } from "../../version.ts";
import type { RouteDocs } from "../http/route.ts";
import { documentSchemas, type JsonSchema, schemaReference } from "./schemas.ts";

/** Route definition with its documentation. */
export interface DocumentedRoute {
  readonly definition: RouteDefinition;
  readonly docs: RouteDocs;
}

const jsonContent = (schema: JsonSchema, example?: unknown): object => ({
  "application/json": { schema, ...(example !== undefined && { example }) },
});

const simpleErrorResponse = (description: string): object => ({
  description,
  content: jsonContent(schemaReference("SimpleError")),
});

const errorDescriptions: Readonly<Record<string, string>> = {
  400: "A required value is missing or malformed",
  404: "The player does not exist",
};

const guildParameter = {
  name: "guildId",
  in: "path",
  required: true,
  description: "Id of the guild, an unsigned 64-bit decimal",
  schema: { type: "string" },
};

const userIdParameters = [
  {
    name: Header.USER_ID,
    in: "header",
    description: "Id of the bot, an unsigned 64-bit decimal; takes precedence over the query parameter",
    schema: { type: "string" },
  },
  {
    name: QueryParameter.USER_ID,
    in: "query",
    description: "Id of the bot; either the header or this parameter is required",
    schema: { type: "string" },
  },
];

const shortErrorParameters = [
  {
    name: Header.SHORT_ERRORS,
    in: "header",
    description: "With any value: omits stack traces from errors",
    schema: { type: "string" },
  },
  {
    name: QueryParameter.SHORT_ERRORS,
    in: "query",
    description: "The same as the header",
    schema: { type: "string" },
  },
];

/** Builds the OpenAPI 3.1 document of the given routes. */
export function openApiDocument(routes: readonly DocumentedRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const { path, method } = route.definition;
    const key = `/${path.replace(":guildId", "{guildId}")}`;
    const operations = paths[key] ?? {};
    paths[key] = operations;
    operations[method.toLowerCase()] = describeOperation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Asterite audio node",
      version: nodeVersion,
      description: `Plays audio for Andesite clients. WebSockets connect to \`/${webSocketPath}\`. Every response identifies the node in \`Andesite-…\` headers. The links that the node creates below \`/${listenPath}/\`, \`/${artworkPath}/\` and \`/${libraryPath}/\` work without the password.`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [
      {
        name: "players",
        description: "One player per user and guild, created by the first command that needs it",
      },
      { name: "tracks", description: "Loading and decoding tracks" },
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

function describeOperation({ definition, docs }: DocumentedRoute): object {
  const { id, summary, tag, parameters = {}, body, example, response, errors = [] } = docs;
  const { path, user } = definition;
  const query = Object.entries(parameters).map(([name, { description, isRequired }]) => ({
    name,
    in: "query",
    required: isRequired,
    description,
    schema: { type: "string" },
  }));
  const errorStatuses = new Set([...errors, ...(user || body !== undefined ? [400] : [])]);
  return {
    operationId: id,
    summary,
    tags: [tag],
    parameters: [
      ...(path.includes(guildParameter.name) ? [guildParameter] : []),
      ...(user ? userIdParameters : []),
      ...query,
      ...shortErrorParameters,
    ],
    ...(body !== undefined && {
      requestBody: {
        required: body !== "ListenRequest",
        content: jsonContent(schemaReference(body), example),
      },
    }),
    responses: {
      ...(response === null
        ? { 204: { description: "Success" } }
        : { 200: { description: "Success", content: jsonContent(schemaReference(response)) } }),
      ...Object.fromEntries(
        [...errorStatuses]
          .sort()
          .map((status) => [status, simpleErrorResponse(errorDescriptions[status] ?? "")]),
      ),
      401: simpleErrorResponse("The password is missing or wrong"),
      413: simpleErrorResponse("The body is too large"),
      500: { description: "The operation failed", content: jsonContent(schemaReference("Error")) },
    },
  };
}
