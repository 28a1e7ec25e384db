import { routes } from "@asterite/andesite-protocol";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { encodeFakeTrack } from "../../packages/andesite-node/src/api/api.test-support.ts";
import { type Json, sendRequest, startTestNode, type TestNode } from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const track = encodeFakeTrack("a song");

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = {
  readonly "application/json": { readonly schema: { readonly $ref: string }; readonly example?: unknown };
};

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Json };
}

const documentOf = async ({ url }: TestNode) =>
  (await sendRequest(`${url}/openapi.json`)).body as OpenApiDocument;

/** Returns a function that validates values against the schemas of a document. */
function schemasOf(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "node");
  return (ref: string, value: unknown) => {
    const check = ajv.getSchema(`node${ref}`);
    expect(check, ref).toBeDefined();
    check?.(value);
    return check?.errors ?? [];
  };
}

it("is valid and requires the password", async () => {
  const node = await startTestNode({ password: "x" });
  expect(await sendRequest(`${node.url}/openapi.json`)).toMatchObject({ status: 401 });
  const { body } = await sendRequest(`${node.url}/openapi.json?password=x`);
  const result = await new Validator().validate(body as Record<string, unknown>);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

it("documents every route of the protocol once", async () => {
  const { paths } = await documentOf(await startTestNode());
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const known = Object.values(routes).map(
    ({ method, path }) => `${method} /${path.replace(":guildId", "{guildId}")}`,
  );
  expect(described.sort()).toEqual(known.sort());
});

it("has examples that match its schemas", async () => {
  const document = await documentOf(await startTestNode());
  const check = schemasOf(document);
  let examples = 0;
  for (const { operationId, requestBody } of Object.values(document.paths).flatMap(
    Object.values,
  ) as Operation[]) {
    if (!requestBody) continue;
    const { schema, example } = requestBody.content["application/json"];
    expect(check(schema.$ref, example), operationId).toEqual([]);
    examples += 1;
  }
  expect(examples).toBe(12);
});

const requests: readonly { readonly method: string; readonly path: string; readonly body?: unknown }[] = [
  { method: "GET", path: "/stats" },
  { method: "GET", path: "/stats/lavalink" },
  { method: "GET", path: "/plugins" },
  { method: "GET", path: "/loadtracks?identifier=one:a" },
  { method: "GET", path: "/loadtracks?identifier=list:a" },
  { method: "GET", path: "/loadtracks?identifier=nothing" },
  { method: "GET", path: "/loadtracks?identifier=fail:a" },
  { method: "GET", path: "/loadtracks" },
  { method: "GET", path: `/decodetrack?track=${encodeURIComponent(track)}` },
  { method: "GET", path: "/decodetrack?track=!" },
  { method: "GET", path: "/decodetrack?track=!&shortErrors" },
  { method: "POST", path: "/decodetrack", body: { track } },
  { method: "POST", path: "/decodetracks", body: [track, encodeFakeTrack("x", "vimeo")] },
  {
    method: "POST",
    path: "/player/voice-server-update",
    body: { guildId, sessionId: "s", event: { endpoint: "e", token: "t" } },
  },
  { method: "GET", path: `/player/${guildId}` },
  { method: "GET", path: "/player/5" },
  { method: "POST", path: `/player/${guildId}/play`, body: { track } },
  { method: "POST", path: `/player/${guildId}/stop` },
  { method: "PATCH", path: `/player/${guildId}/mixer`, body: { enable: true, players: { a: { track } } } },
  { method: "PATCH", path: `/player/${guildId}/filters`, body: { volume: 2 } },
  { method: "PATCH", path: `/player/${guildId}/filters`, body: { volume: 9 } },
  { method: "PATCH", path: `/player/${guildId}/pause`, body: {} },
  { method: "PATCH", path: `/player/${guildId}/seek`, body: {} },
  { method: "PATCH", path: `/player/${guildId}/volume`, body: {} },
  { method: "PATCH", path: `/player/${guildId}`, body: {} },
  { method: "POST", path: `/player/${guildId}/listen`, body: {} },
  { method: "DELETE", path: `/player/${guildId}` },
  { method: "GET", path: "/openapi.json" },
];

describe("matches the responses", () => {
  it.each(requests)("of $method $path", async ({ method, path, body }) => {
    const node = await startTestNode();
    const headers = { "User-Id": "1" };
    await sendRequest(`${node.url}/player/${guildId}/stop`, { method: "POST", headers });
    const document = await documentOf(node);
    const [pathname = ""] = path.split("?");
    const template = pathname.replace(/^\/player\/\d+/, "/player/{guildId}");
    const { responses } = document.paths[template]?.[method.toLowerCase()] ?? {};
    const answer = await sendRequest(node.url + path, { method, headers, body });
    const described = responses?.[answer.status];
    expect(described, `status ${answer.status}`).toBeDefined();
    if (answer.body === undefined) expect(described).not.toHaveProperty("content");
    else {
      const ref = described?.content?.["application/json"].schema.$ref ?? "";
      expect(schemasOf(document)(ref, answer.body)).toEqual([]);
    }
  });
});
