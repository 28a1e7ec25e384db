// The links to the music library that the bot publishes with its commands.

import type { Channel } from "@asterite/aster";
import { settled } from "@asterite/testkit";
import { expect, it } from "vitest";
import { startScriptedNode } from "../support/audio-node.ts";
import { startBot } from "../support/dj.ts";

/** Returns the library of the published commands; undefined before they are published. */
async function libraryOf(channel: Channel): Promise<string | null | undefined> {
  const state = (await channel.fetchState()).find(({ key }) => key === "commands")?.value;
  return (state as { readonly library: string | null } | undefined)?.library;
}

it("requests at most four links at a time, and all of them in the end", async () => {
  const node = await startScriptedNode();
  const { scripted } = node;
  const isLink = ({ path }: { readonly path: string }): boolean => path.endsWith("/library");
  const requested = () => scripted.requests.filter(isLink).length;
  // A node that never responds.
  scripted.respond = () => undefined;
  const { ann } = await startBot([node]);
  const [server] = ann.client.servers;
  for (let count = 2; count <= 9; count++) await server?.createChannel(`channel ${count}`);
  const channels = server?.channels ?? [];
  expect(channels).toHaveLength(9);
  for (const channel of channels) await expect.poll(() => libraryOf(channel)).toBeNull();
  expect(await settled(requested)).toBe(4);
  await node.kill();
  scripted.respond = (request) => ({
    status: 200,
    body: isLink(request) ? { url: `/library/${request.path}`, expires: Date.now() + 3_600_000 } : {},
  });
  await node.restart();
  for (const channel of channels) {
    const link = `/library/player/${channel.uuid}/library`;
    await expect.poll(() => libraryOf(channel), { timeout: 10_000 }).toBe(link);
  }
});
