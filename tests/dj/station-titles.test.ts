// The title that a station announces, in the music state and in the replies of the bot.

import { createNode } from "@asterite/andesite-node";
import { expect, it, onTestFinished } from "vitest";
import { startBot } from "../support/dj.ts";
import { startRadioStation } from "../support/radio-station.ts";

it("publishes what a station plays, and forgets it with the station", async () => {
  const station = await startRadioStation(() => "The Asterites - Morning");
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { http: true }, allowPrivateAddresses: true },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const { ann, dj, restartBot } = await startBot([{ url: `http://127.0.0.1:${node.port}/` }]);
  const track = () => ann.music?.player?.track;
  const longPoll = { timeout: 15_000 };
  expect(await ann.ask(`!play ${station.url}`)).toContain("`Test FM`");
  await expect.poll(track, longPoll).toMatchObject({ title: "The Asterites - Morning", author: "Test FM" });
  expect(await ann.ask("!np")).toContain("`The Asterites - Morning` on `Test FM`");
  station.nextTitle = () => "The Asterites - Noon";
  await expect.poll(track, longPoll).toMatchObject({ title: "The Asterites - Noon", author: "Test FM" });
  // The node plays on while the bot restarts.
  await dj.close();
  await restartBot();
  await expect.poll(track, longPoll).toMatchObject({ title: "The Asterites - Noon" });
  // The same station again has announced nothing yet.
  station.nextTitle = () => "";
  await ann.ask(`!play ${station.url}`);
  await ann.ask("!skip");
  await expect.poll(track, longPoll).toMatchObject({ title: "Test FM" });
  expect(await ann.ask("!np")).not.toContain("Noon");
}, 60_000);
