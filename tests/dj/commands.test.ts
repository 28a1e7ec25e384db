import { describe, expect, it } from "vitest";
import { audioNodes } from "../support/audio-node.ts";
import { startBot } from "../support/dj.ts";

describe.each(audioNodes)("the bot with %s", (_, startNode) => {
  it("plays what is asked for, in order, and shows it in the channel", async () => {
    const node = await startNode();
    const { ann, userId, guildId } = await startBot([node]);
    const [first, second, third] = node.tracks;
    expect(await ann.ask(`!play ${first}`)).toMatch(new RegExp(`^Playing \`${first}\` by `));
    expect(await ann.ask(`!play ${second}`)).toContain("as number 1 in the queue");
    expect(await ann.ask(`!PLAY ${third}`)).toContain("as number 2 in the queue");
    await expect
      .poll(() => ann.music?.queue.map(({ title, by }) => [title, by]))
      .toEqual([
        [second, "ann"],
        [third, "ann"],
      ]);
    expect(ann.music).toMatchObject({ v: 1, queueLength: 2, player: { paused: false, volume: 100 } });
    await expect.poll(() => ann.music?.listen).toMatch(/^\/listen\//);
    expect(await node.player(userId, guildId)).toMatchObject({ paused: false });
    await node.finish(userId, guildId);
    await expect.poll(() => ann.music?.player?.track.title).toBe(second);
    expect(ann.music?.queueLength).toBe(1);
    expect(await ann.ask("!skip")).toContain(`Playing \`${third}\``);
    expect(await ann.ask("!previous")).toContain(`Playing \`${second}\``);
    expect(await ann.ask("!skip 2")).toBe("That was the last one.");
    await expect.poll(() => ann.music).toBeNull();
  });

  it("pauses, seeks, changes volume and sound, and stops", async () => {
    const node = await startNode();
    const { ann, userId, guildId } = await startBot([node]);
    await ann.ask(`!play ${node.tracks[0]}`);
    await expect.poll(() => ann.music?.player?.track.title).toBe(node.tracks[0]);
    expect(await ann.ask("!seek 1:30")).toBe("At 1:30 now.");
    expect(await ann.ask("!pause")).toBe("Paused at 1:30.");
    expect(await ann.ask("!seek +10")).toMatch(/^At 1:4\d now\.$/);
    expect(await ann.ask("!volume 50%")).toBe("The volume is 50 % now.");
    await expect.poll(() => node.player(userId, guildId)).toMatchObject({ paused: true, volume: 50 });
    await expect.poll(() => ann.music?.player).toMatchObject({ paused: true, volume: 50 });
    const position = ann.music?.player?.positionMs ?? 0;
    expect(position).toBeGreaterThanOrEqual(100_000);
    expect(await ann.ask("!play")).toBe("Going on.");
    expect(await ann.ask("!nowplaying")).toMatch(/●.* of 3:00/);
    expect(await ann.ask("!filter nightcore bassboost")).toContain("Filter: nightcore, bassboost.");
    expect(await ann.ask("!filter")).toContain("On: timescale, equalizer.");
    expect(await ann.ask("!filter off")).toBe("All filters are off.");
    expect(await ann.ask("!volume")).toBe("The volume is 50 %.");
    expect(await ann.ask("!stop")).toBe("Stopped, and the queue is empty.");
    await expect.poll(() => node.player(userId, guildId)).toMatchObject({ position: null });
    await expect.poll(() => ann.music).toBeNull();
  });

  it("orders the queue", async () => {
    const node = await startNode();
    const { ann } = await startBot([node]);
    const [first, second, third] = node.tracks;
    for (const name of node.tracks) await ann.ask(`!play ${name}`);
    expect(await ann.ask("!move 2 1")).toBe(`\`${third}\` is number 1 now.`);
    expect(await ann.ask("!queue")).toMatch(
      new RegExp(`Now: \`${first}\`[^]*1\\. \`${third}\`[^]*2\\. \`${second}\``),
    );
    expect(await ann.ask("!remove 2")).toBe(`Removed \`${second}\`.`);
    expect(await ann.ask(`!playnext ${second}`)).toContain("as number 1");
    expect(await ann.ask("!shuffle")).toBe("Shuffled 2 tracks.");
    expect(await ann.ask("!loop queue")).toBe("Loop: the queue round and round.");
    expect(await ann.ask("!queue")).toContain("loop: queue");
    expect(await ann.ask("!clear")).toBe("Removed 2 tracks.");
    expect(await ann.ask("!loop off")).toBe("Loop: off.");
  });

  it("gives hints for mistakes", async () => {
    const node = await startNode();
    const { ann } = await startBot([node]);
    for (const [said, hint] of [
      ["!skip", "Nothing is playing. `!play`"],
      ["!play", "For example: `!play"],
      ["!stpo", "Did you mean `!stop`?"],
      ["!nowplayin", "Did you mean `!nowplaying`?"],
      ["!play nothing", "I found nothing for `nothing`"],
      [`!play ${"x".repeat(600)}`, "That is too long"],
      [`!play ${node.tracks[0]}`, "Playing"],
      ["!seek soon", "Where to?"],
      ["!volume loud", "I need the volume in percent, from 1 to 200."],
      ["!volume 201", "from 1 to 200"],
      ["!remove 1", "there is none at the moment"],
      ["!move 1", "I need the number of a track"],
      ["!skip 7", "from 1 to 1"],
      ["!filter loudness", "I have these: bassboost"],
      ["!loop twice", "off, track or queue"],
      ["!previous", "There was nothing before."],
      ["!shuffle", "nothing to shuffle"],
      ["!queue 5", "the number of a page, from 1 to 1"],
      ["!resume", "It is playing already."],
      ["!help sing", "There is no `sing`."],
      ["!help !skip", "`!skip [how many]` (also !s, !next): goes on with the next track."],
    ]) {
      expect(await ann.ask(said ?? "")).toContain(hint);
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
    expect(help).toMatch(/bassboost, .*nightcore, vaporwave, .*8d, karaoke, soft, .*or off/);
  });

  it("has a room of its own in each channel", async () => {
    const node = await startNode();
    const { ann, userId } = await startBot([node]);
    const [server] = ann.client.servers;
    const uuid = await server?.createChannel("second");
    const second = server?.getChannel(uuid ?? 0);
    const [here, there] = node.tracks;
    expect(await ann.ask(`!play ${here}`)).toContain("Playing");
    expect(await ann.ask(`!play ${there}`, second)).toContain("Playing");
    expect(await ann.ask("!pause", second)).toContain("Paused");
    await expect.poll(() => node.player(userId, String(second?.uuid))).toMatchObject({ paused: true });
    expect(await node.player(userId, String(ann.channel.uuid))).toMatchObject({ paused: false });
    expect(await ann.ask("!queue")).toContain(`Now: \`${here}\``);
    expect(await ann.ask("!queue", second)).toContain(`Paused: \`${there}\``);
  });
});
