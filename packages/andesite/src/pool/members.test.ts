import { expect, it } from "vitest";
import { HTTPPool, OutOfRangeError, WebSocketPool } from "../advanced.ts";
import { Client, HTTPBase } from "../index.ts";
import { makeMember, makePool } from "../nodes.test-support.ts";

it("a pool accepts no client that sends through it, however deep", () => {
  const http = new HTTPBase("http://127.0.0.1:9/", null);
  const inner = new HTTPPool([http]);
  const outer = new HTTPPool([inner]);
  const webSockets = makePool([]);
  const combined = new Client(outer, webSockets);
  for (const client of [inner, outer, combined]) {
    expect(() => inner.addClient(client as never)).toThrow(OutOfRangeError);
  }
  expect(inner.size).toBe(1);
  expect(() => webSockets.addClient(combined as never)).toThrow(OutOfRangeError);
  expect(() => webSockets.addClient(makePool([webSockets]))).toThrow(OutOfRangeError);
  webSockets.addClient(new WebSocketPool([makeMember("ws://one/")], { state: false }));
  expect(webSockets.size).toBe(1);
});

it("a pool is closed when all of its members are", async () => {
  const [one, two] = [makeMember("ws://one/"), makeMember("ws://two/")];
  const pool = makePool([one, two]);
  await one.close();
  expect(pool.closed).toBe(false);
  await two.close();
  expect(pool.closed).toBe(true);
});
