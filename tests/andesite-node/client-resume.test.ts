// Events that the client receives from a real node over connections that are cut.

import { TrackEndEvent, TrackStartEvent, WebSocket, WebSocketConnectEvent } from "@asterite/andesite";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { expect, it } from "vitest";
import { closeAfterTest, until } from "../support/andesite.ts";
import { waitForSocketCount } from "../support/andesite-node.ts";
import { RelayedNode } from "../support/relayed-node.ts";

const guildId = "81384788765712384";

/** Plays another track over HTTP, as another client of the node. */
async function replace(node: RelayedNode, title: string): Promise<void> {
  const body = JSON.stringify({ track: node.track(title) });
  const init = { method: "POST", headers: { "User-Id": "1" }, body };
  const { status } = await fetch(`${node.directUrl}/player/${guildId}/play`, init);
  expect(status).toBe(200);
}

it("replays every event once and in order after repeated connection losses", async () => {
  const node = await RelayedNode.start();
  const client = closeAfterTest(
    new WebSocket(node.webSocketUrl, "1", null, {
      eventBufferSeconds: 60,
      backoff: { capMs: 10 },
      stableAfterMs: 0,
    }),
  );
  const received: string[] = [];
  const titleOf = (track: string) => decodeTrack(track).info.title;
  client.on(TrackStartEvent, ({ track }) => received.push(`${titleOf(track)} starts`));
  client.on(TrackEndEvent, ({ track, reason }) => received.push(`${titleOf(track)} ends: ${reason}`));
  await client.play(guildId, node.track("0"));
  await client.ping(guildId);

  const rounds = 10;
  for (let round = 0; round < rounds; round++) {
    await replace(node, `${3 * round + 1}`);
    await client.ping(guildId);
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    node.refuseWith = 503;
    node.drop();
    await waitForSocketCount({ url: node.directUrl }, 0);
    await replace(node, `${3 * round + 2}`);
    await replace(node, `${3 * round + 3}`);
    node.refuseWith = null;
    await reconnected;
    await client.ping(guildId);
  }
  await client.stop(guildId);
  await until(() => received.at(-1)?.endsWith("STOPPED") === true);
  const last = 3 * rounds;
  const expected = Array.from({ length: last }, (_, number) => [
    `${number} starts`,
    `${number} ends: REPLACED`,
  ]);
  expect(received).toEqual([...expected.flat(), `${last} starts`, `${last} ends: STOPPED`]);
});
