import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { ask, openClient, registered, startServer, statusOf } from "../support/server.ts";

const late = { failuresPerAddressAndAccount: 2, refusalDelayMs: 300 };

it("delays and refuses logins after too many failures with 403, without delaying other clients", async () => {
  const { port } = await startServer({ logins: late });
  const { client: ann } = await registered(port, "ann");
  await registered(port, "bob");
  const guesser = await openClient(port);
  const guess = (passwd: string) => statusOf(guesser, "login", { uname: "ann", passwd });
  expect([await guess("1"), await guess("2")]).toEqual([403, 403]);
  const beganAt = performance.now();
  const guessing = guess("secret").then((status) => ({ status, afterMs: performance.now() - beganAt }));
  expect(await statusOf(ann, "ping")).toBe(200);
  // The same address can log in to an account whose password it has not guessed.
  expect(await statusOf(await openClient(port), "login", { uname: "bob", passwd: "secret" })).toBe(200);
  const { status, afterMs } = await guessing;
  expect(status).toBe(403);
  expect(afterMs).toBeGreaterThanOrEqual(290);
});

it("logs wrong passwords with account and address, without the password", async () => {
  const lines: unknown[] = [];
  const logger = { ...silentLogger, info: (...line: unknown[]) => lines.push(line) };
  const { port } = await startServer({ logger });
  const { uuid } = await registered(port, "ann");
  const login = { uname: "ann", passwd: "a wrong one" };
  expect(await statusOf(await openClient(port), "login", login)).toBe(403);
  expect(lines).toContainEqual([{ address: "127.0.0.1", user: uuid }, "login failed: wrong password"]);
  expect(JSON.stringify(lines)).not.toContain("a wrong one");
});

it("keeps the order of replies behind a delayed login", async () => {
  const { port } = await startServer({ logins: { ...late, failuresPerAddressAndAccount: 1 } });
  await registered(port, "ann");
  const client = await openClient(port);
  client.send({ command: "login", uname: "ann", passwd: "wrong" });
  client.send({ command: "ping" });
  await client.until(({ command }) => command === "ping");
  expect(client.packets.map(({ command, status }) => [command, status])).toEqual([
    ["API_version", 200],
    ["login", 403],
    ["ping", 200],
  ]);
});

it("does not wait for delayed logins when it closes", async () => {
  const server = await startServer({
    logins: { failuresPerAddressAndAccount: 1, refusalDelayMs: 2 ** 31 - 1 },
  });
  await registered(server.port, "ann");
  const client = await openClient(server.port);
  client.send({ command: "login", uname: "ann", passwd: "wrong" });
  // This reply shows that the server has received the login.
  await statusOf(await openClient(server.port), "ping");
  await server.close({ graceMs: 10_000 });
  await client.closed;
});

it("accepts any number of concurrent correct logins from one address", async () => {
  const { port } = await startServer({ logins: { failuresPerAddress: 2, failuresPerAddressAndAccount: 1 } });
  await registered(port, "ann");
  const clients = await Promise.all(Array.from({ length: 20 }, () => openClient(port)));
  const replies = await Promise.all(
    clients.map((client) => ask(client, "login", { uname: "ann", passwd: "secret" })),
  );
  expect(replies.map(({ reply }) => reply.status)).toEqual(clients.map(() => 200));
});
