import { beforeEach, describe, expect, it } from "vitest";
import type { AudioNode } from "../support/audio-node.ts";
import { audioNodes } from "../support/audio-nodes.ts";
import { type ChatUser, startBot } from "../support/dj.ts";

describe.each(audioNodes)("commands on %s", (_, startNode) => {
  let node: AudioNode;
  let ann: ChatUser;
  let userId: string;
  let guildId: string;

  // In a hook, whose limit is longer: on a busy machine, starting the servers takes longer than the commands.
  beforeEach(async () => {
    node = await startNode();
    ({ ann, userId, guildId } = await startBot([node]));
  });

  it("plays the requested tracks in order, and publishes them in the channel", async () => {
    const [first, second, third] = node.tracks;
    expect(await ann.ask(`!play ${first}`)).toMatch(new RegExp(`^Playing \`${first}\` by `));
    expect(await ann.ask(`!play ${second}`)).toContain("at position 1 in the queue");
    expect(await ann.ask(`!PLAY ${third}`)).toContain("at position 2 in the queue");
    await expect
      .poll(() => ann.music?.queue.map(({ title, by }) => [title, by]))
      .toEqual([
        [second, "ann"],
        [third, "ann"],
      ]);
    expect(ann.music).toMatchObject({ v: 1, queueLength: 2, player: { paused: false, volume: 100 } });
    await expect.poll(() => ann.music?.listen).toMatch(/^\/listen\//);
    expect(await node.fetchPlayer(userId, guildId)).toMatchObject({ paused: false });
    await node.finishTrack(userId, guildId);
    await expect.poll(() => ann.music?.player?.track.title).toBe(second);
    expect(ann.music?.queueLength).toBe(1);
    expect(await ann.ask("!skip")).toContain(`Playing \`${third}\``);
    expect(await ann.ask("!previous")).toContain(`Playing \`${second}\``);
    expect(await ann.ask("!skip 2")).toBe("That was the last track.");
    await expect.poll(() => ann.music).toBeNull();
  });

  it("pauses, seeks, changes volume and filters, and stops", async () => {
    await ann.ask(`!play ${node.tracks[0]}`);
    await expect.poll(() => ann.music?.player?.track.title).toBe(node.tracks[0]);
    expect(await ann.ask("!seek 1:30")).toBe("Jumped to 1:30.");
    expect(await ann.ask("!pause")).toBe("Paused at 1:30.");
    expect(await ann.ask("!seek +10")).toMatch(/^Jumped to 1:4\d\.$/);
    expect(await ann.ask("!volume 50%")).toBe("Volume set to 50%.");
    await expect.poll(() => node.fetchPlayer(userId, guildId)).toMatchObject({ paused: true, volume: 50 });
    await expect.poll(() => ann.music?.player).toMatchObject({ paused: true, volume: 50 });
    const position = ann.music?.player?.positionMs ?? 0;
    expect(position).toBeGreaterThanOrEqual(100_000);
    expect(await ann.ask("!play")).toBe("Resumed.");
    expect(await ann.ask("!nowplaying")).toMatch(/●.* \/ 3:00/);
    expect(await ann.ask("!filter nightcore bassboost")).toContain("Filters set to nightcore, bassboost.");
    expect(await ann.ask("!filter")).toContain("Active filters: timescale, equalizer.");
    expect(await ann.ask("!filter off")).toBe("All filters are off.");
    expect(await ann.ask("!volume")).toBe("The volume is 50%.");
    expect(await ann.ask("!stop")).toBe("Stopped and cleared the queue.");
    await expect.poll(() => node.fetchPlayer(userId, guildId)).toMatchObject({ position: null });
    await expect.poll(() => ann.music).toBeNull();
  });

  it("changes the order of the queue", async () => {
    const [first, second, third] = node.tracks;
    for (const name of node.tracks) await ann.ask(`!play ${name}`);
    expect(await ann.ask("!move 2 1")).toBe(`Moved \`${third}\` to position 1.`);
    expect(await ann.ask("!queue")).toMatch(
      new RegExp(`Now: \`${first}\`[^]*1\\. \`${third}\`[^]*2\\. \`${second}\``),
    );
    expect(await ann.ask("!remove 2")).toBe(`Removed \`${second}\`.`);
    expect(await ann.ask(`!playnext ${second}`)).toContain("at position 1");
    expect(await ann.ask("!shuffle")).toBe("Shuffled 2 tracks.");
    expect(await ann.ask("!loop queue")).toBe("Looping the queue.");
    expect(await ann.ask("!queue")).toContain("looping the queue");
    expect(await ann.ask("!clear")).toBe("Removed 2 tracks from the queue.");
    expect(await ann.ask("!loop off")).toBe("Looping is off.");
  });

  it("replies to mistakes with what to do", async () => {
    for (const [message, hint] of [
      ["!skip", "Nothing is playing. Use `!play`"],
      ["!play", "For example: `!play"],
      ["!stpo", "Did you mean `!stop`?"],
      ["!nowplayin", "Did you mean `!nowplaying`?"],
      ["!play nothing", "No results for `nothing`"],
      [`!play ${"x".repeat(600)}`, "That search is too long"],
      [`!play ${node.tracks[0]}`, "Playing"],
      ["!seek soon", "Give a position"],
      ["!volume loud", "Give a volume from 1 to 200."],
      ["!volume 201", "from 1 to 200"],
      ["!remove 1", "The queue is empty."],
      ["!move 1", "The queue is empty."],
      ["!skip 7", "The only valid number is 1."],
      ["!filter loudness", "There's no filter `loudness`. Choose from bassboost"],
      ["!filter off mono", "There's no filter `off`."],
      ["!loop twice", "off, track or queue"],
      ["!previous", "There's no previous track."],
      ["!shuffle", "nothing to shuffle"],
      ["!queue 5", "The only valid number is 1."],
      ["!resume", "Already playing."],
      ["!help sing", "There's no command `sing`."],
      ["!help !skip", "`!skip [count]` (also `!s`, `!next`) – skips to the next track"],
    ]) {
      expect(await ann.ask(message ?? "")).toContain(hint);
    }
    const help = await ann.ask("!help");
    for (const name of [
      "play",
      "queue",
      "skip",
      "pause",
      "resume",
      "seek",
      "volume",
      "filter",
      "loop",
      "shuffle",
    ]) {
      expect(help).toContain(`\`!${name}`);
    }
    for (const name of ["remove", "move", "lyrics", "nowplaying", "previous", "stop", "help"]) {
      expect(help).toContain(`\`!${name}`);
    }
    expect(help).toMatch(/bassboost, .*nightcore, vaporwave, .*8d, karaoke, soft, .*mono or off/);
  });

  it("has a separate queue in each channel", async () => {
    const [server] = ann.client.servers;
    const second = await server?.createChannel("second");
    const [here, there] = node.tracks;
    expect(await ann.ask(`!play ${here}`)).toContain("Playing");
    expect(await ann.ask(`!play ${there}`, second)).toContain("Playing");
    expect(await ann.ask("!pause", second)).toContain("Paused");
    await expect.poll(() => node.fetchPlayer(userId, String(second?.uuid))).toMatchObject({ paused: true });
    expect(await node.fetchPlayer(userId, String(ann.channel.uuid))).toMatchObject({ paused: false });
    expect(await ann.ask("!queue")).toContain(`Now: \`${here}\``);
    expect(await ann.ask("!queue", second)).toContain(`Paused: \`${there}\``);
  });
});
