import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { firstChannel, openClient, registered, startServer, statusOf } from "../support/server.ts";

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function fetchFrom(
  port: number | undefined,
  path: string,
  options: { readonly method?: string; readonly host?: string; readonly body?: string } = {},
): Promise<Reply> {
  const { method = "GET", host: named = `localhost:${port}`, body } = options;
  const outgoing = request({
    host: "127.0.0.1",
    port,
    path,
    method,
    headers: { host: named, "content-length": body?.length ?? 0 },
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
  return { status: incoming.statusCode, headers: incoming.headers, body: text };
}

/** Returns the value of one line of the metrics. */
const reading = (text: string, line: string): number | undefined => {
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
};

it("has no status port by default", async () => {
  expect((await startServer()).statusPort).toBeUndefined();
});

it("reports the server as live and ready", async () => {
  const { statusPort } = await startServer({ statusPort: 0 });
  const health = await fetchFrom(statusPort, "/health");
  expect([health.status, JSON.parse(health.body)]).toEqual([200, { live: true, ready: true }]);
  expect(health.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  expect(await fetchFrom(statusPort, "/health/live")).toMatchObject({ status: 200 });
  expect(await fetchFrom(statusPort, "/health/ready?x")).toMatchObject({ status: 200 });
  const head = await fetchFrom(statusPort, "/health", { method: "HEAD" });
  expect([head.status, head.body, head.headers["content-length"]]).toEqual([
    200,
    "",
    `${health.body.length}`,
  ]);
});

it("reports the server as not ready while it drains", async () => {
  const server = await startServer({ statusPort: 0, database: ":memory:" });
  // A client that does not read, so that the server has a connection to wait for.
  const lingering = await openClient(server.port);
  await statusOf(lingering, "ping");
  lingering.pause();
  const closing = server.close({ graceMs: 500 });
  const drained = await fetchFrom(server.statusPort, "/health").catch(() => undefined);
  // The port may be closed already if the connection ended immediately.
  if (drained)
    expect([drained.status, JSON.parse(drained.body)]).toEqual([503, { live: true, ready: false }]);
  await closing;
  await expect(fetchFrom(server.statusPort, "/health")).rejects.toThrow("ECONNREFUSED");
});

it("counts connections, commands and refused logins", async () => {
  const { port, statusPort } = await startServer({
    statusPort: 0,
    logins: { failuresPerAddressAndAccount: 1, refusalDelayMs: 10 },
  });
  const { client: ann } = await registered(port, "ann");
  await registered(port, "bob", "websocket");
  const channel = await firstChannel(ann);
  for (let count = 0; count < 3; count++) await statusOf(ann, "send", { channel, content: "x" });
  expect(await statusOf(ann, "send", { channel: 1, content: "x" })).toBe(404);
  const guesser = await openClient(port);
  for (const passwd of ["1", "2", "3"]) await statusOf(guesser, "login", { uname: "ann", passwd });
  guesser.send('{"command":"made_up \\"\\n{}"}');
  await guesser.until(({ status }) => status === 400);
  const { body, headers } = await fetchFrom(statusPort, "/metrics");
  expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
  const values = {
    'asterite_connections{framing="lines"}': 2,
    'asterite_connections{framing="websocket"}': 1,
    'asterite_connections{framing="undecided"}': 0,
    asterite_connections_accepted_total: 3,
    asterite_sessions: 2,
    asterite_users_online: 2,
    'asterite_commands_total{command="send",status="200"}': 3,
    'asterite_commands_total{command="send",status="404"}': 1,
    'asterite_commands_total{command="login",status="403"}': 3,
    'asterite_commands_total{command="unknown",status="400"}': 1,
    'asterite_command_duration_seconds_count{command="send"}': 4,
    'asterite_command_duration_seconds_bucket{command="send",le="+Inf"}': 4,
    asterite_logins_throttled_total: 2,
    asterite_passwords_waiting: 0,
  };
  for (const [line, value] of Object.entries(values)) expect(reading(body, line), line).toBe(value);
  expect(body).not.toContain("made_up");
  for (const line of [
    "asterite_pushes_delivered_total",
    "asterite_sent_bytes_total",
    "asterite_commit_group_size_count",
    "asterite_commit_duration_seconds_sum",
    'process_memory_bytes{kind="rss"}',
    "process_cpu_seconds_total",
  ]) {
    expect(reading(body, line), line).toBeGreaterThan(0);
  }
  expect(reading(body, 'asterite_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  expect(reading(body, "asterite_queued_bytes")).toBeGreaterThanOrEqual(0);
  // Each line must be a comment or a name with labels and a number (Prometheus text format).
  for (const line of body.split("\n")) {
    expect(line).toMatch(/^$|^# (?:HELP|TYPE) |^[a-z_]+(?:\{(?:[a-z]+="[^"]*",?)+\})? -?[0-9.e+-]+$/);
  }
});

it("refuses a request without a host header", async () => {
  const { statusPort = 0 } = await startServer({ statusPort: 0 });
  const socket = connect(statusPort, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  socket.write("GET /health HTTP/1.0\r\n\r\n");
  await once(socket, "close");
  expect(received).toMatch(/^HTTP\/1\.1 403 /);
});

it("exports cumulative buckets", async () => {
  const { port, statusPort } = await startServer({ statusPort: 0 });
  const client = await openClient(port);
  for (let count = 0; count < 20; count++) await statusOf(client, "ping");
  const { body } = await fetchFrom(statusPort, "/metrics");
  const buckets = [
    ...body.matchAll(/^asterite_command_duration_seconds_bucket\{command="ping",le="[^"]+"\} (\d+)$/gm),
  ];
  const counts = buckets.map(([, count]) => Number(count));
  expect(counts.length).toBeGreaterThan(10);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(20);
});

describe("the status port", () => {
  it.each([
    "example.com",
    "localhost.example.com",
    "127.0.0.1.example.com",
    "192.168.0.1",
    "127.0.0.1:x",
    "0.0.0.0",
  ])("refuses a request for %j", async (host) => {
    const { statusPort } = await startServer({ statusPort: 0 });
    for (const path of ["/health", "/metrics", "/"]) {
      const { status, body } = await fetchFrom(statusPort, path, { host });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toContain("live");
      expect(body).not.toContain("asterite_");
    }
  });

  it.each(["localhost", "LOCALHOST:80", "127.0.0.1", "127.1.2.3:9", "[::1]", "[::1]:2346"])(
    "answers a request for %s",
    async (host) => {
      const { statusPort } = await startServer({ statusPort: 0 });
      expect(await fetchFrom(statusPort, "/health", { host })).toMatchObject({ status: 200 });
    },
  );

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("refuses %s", async (method) => {
    const { statusPort } = await startServer({ statusPort: 0 });
    const { status, headers } = await fetchFrom(statusPort, "/health", { method, body: "x".repeat(1000) });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("answers other paths with 404, and closes connections that do not speak HTTP", async () => {
    const { statusPort = 0 } = await startServer({ statusPort: 0 });
    expect(await fetchFrom(statusPort, "/")).toMatchObject({ status: 404 });
    expect(await fetchFrom(statusPort, "/metrics/x")).toMatchObject({ status: 404 });
    expect(await fetchFrom(statusPort, "//health")).toMatchObject({ status: 404 });
    for (const bytes of [
      "\0\0\0\0\r\n\r\n",
      '{"command":"ping"}\n',
      `GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}\r\n`,
    ]) {
      const socket = connect(statusPort, "127.0.0.1");
      onTestFinished(() => void socket.destroy());
      let received = "";
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("error", () => {});
      socket.write(bytes);
      await once(socket, "close");
      expect(received).toBe("");
    }
  });

  it("does not listen on other interfaces", async () => {
    const { statusPort = 0 } = await startServer({ statusPort: 0, host: "0.0.0.0" });
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal);
    if (!outside) return;
    const socket = connect(statusPort, outside.address);
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
  });

  it("prevents the start if its port is in use", async () => {
    const { statusPort = 0 } = await startServer({ statusPort: 0 });
    await expect(startServer({ statusPort })).rejects.toMatchObject({ code: "LISTEN_FAILED" });
  });
});
