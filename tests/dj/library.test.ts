import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { silentLogger } from "@asterite/dj";
import { maxTimerMs } from "@asterite/util";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { type BotSetup, type ChatUser, join as joinChat, startBot } from "../support/dj.ts";
import { type ToneTags, toneFile } from "../support/tone-file.ts";

const lengthSeconds = 19;

const files: readonly (readonly [path: string, title: string, tags: ToneTags])[] = [
  ["Queen/Jazz/10 Fun It.wav", "Fun It", { artist: "Queen", album: "Jazz" }],
  ["Queen/Jazz/2 Mustapha.wav", "Mustapha", { artist: "Queen", album: "Jazz" }],
  ["Queen/Queen/1 Doing All Right.wav", "Doing All Right", { artist: "Queen", album: "Queen" }],
  ["Party/Summer Night.wav", "Summer Night", { artist: "Someone" }],
  ["Party/Jazz.wav", "Winter", { artist: "Other" }],
];

/** Starts a node with a small music library, and a bot. */
async function startLibrary(
  more: Parameters<typeof startBot>[1] = {},
): Promise<BotSetup & { readonly nodeUrl: string }> {
  const folder = await temporaryFolder();
  for (const [path, title, tags] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), toneFile(title, lengthSeconds, tags));
  }
  await writeFile(join(folder, "Party", "dinner.m3u"), "Jazz.wav\n../Queen/Jazz/10 Fun It.wav\n");
  await writeFile(join(folder, "broken.m4a"), "This is not audio.");
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: {
      musicFolders: [folder],
      sources: { local: true },
      limits: { libraryWaitMs: maxTimerMs },
    },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const url = `http://127.0.0.1:${node.port}/`;
  return { ...(await startBot([{ url } as Parameters<typeof startBot>[0][number]], more)), nodeUrl: url };
}

/** Sends a command and returns the titles of the queue that it starts. */
async function titlesAfter(ann: ChatUser, command: string): Promise<(string | undefined)[]> {
  expect(await ann.ask(command)).toMatch(/^(?:Added|Playing) /);
  await expect.poll(() => ann.music?.player).toBeTruthy();
  const titles = [ann.music?.player?.track.title, ...(ann.music?.queue.map(({ title }) => title) ?? [])];
  await ann.ask("!stop");
  await expect.poll(() => ann.music).toBeNull();
  return titles;
}

/** Sends a number and returns the second reply to the command before it. */
async function choose(ann: ChatUser, text: string): Promise<string> {
  const before = ann.messages.filter(({ author }) => author.uuid !== ann.uuid).length;
  await ann.channel.send(text);
  const replies = () => ann.messages.filter(({ author }) => author.uuid !== ann.uuid);
  await expect.poll(() => replies().length).toBe(before + 1);
  return replies().at(-1)?.content ?? "";
}

describe("the music library", () => {
  let ann: ChatUser;
  let setup: BotSetup & { readonly nodeUrl: string };
  const logged: string[] = [];

  beforeEach(async () => {
    logged.length = 0;
    const info = (fields: object, message: string) => void logged.push(message + JSON.stringify(fields));
    setup = await startLibrary({ logger: { ...silentLogger, info } });
    ({ ann } = setup);
  });

  it("plays albums, artists, folders and playlists by name or path", async () => {
    for (const command of ["!play jazz", "!album jazz", "!play Queen/Jazz", "!play Queen/Jazz/"]) {
      expect(await titlesAfter(ann, command)).toEqual(["Mustapha", "Fun It"]);
    }
    expect(await titlesAfter(ann, "!artist queen")).toHaveLength(3);
    expect(await titlesAfter(ann, "!play party")).toEqual(["Winter", "Summer Night"]);
    for (const command of ["!play dinner", "!play Party/dinner.m3u"]) {
      expect(await titlesAfter(ann, command)).toEqual(["Winter", "Fun It"]);
    }
    expect((await titlesAfter(ann, "!playshuffled jazz")).sort()).toEqual(["Fun It", "Mustapha"]);
    await ann.ask("!play summer");
    await ann.ask("!play winter");
    expect(await ann.ask("!playnow jazz")).toBe("Added 2 tracks from `Jazz`, starting with `Mustapha`.");
    await expect.poll(() => ann.music?.player?.track.title).toBe("Mustapha");
    expect(ann.music?.queue.map(({ title }) => title)).toEqual(["Fun It", "Winter"]);
    await ann.ask("!stop");
    // The best track, where nothing has that name.
    expect(await titlesAfter(ann, "!play summer")).toEqual(["Summer Night"]);
  });

  it("publishes a link to the library of the node, whose items can be played", async () => {
    const commands = async () =>
      (await ann.channel.fetchState()).find(({ key }) => key === "commands")?.value as {
        readonly library: string | null;
      };
    await expect.poll(async () => (await commands()).library).toMatch(/^\/library\//);
    const { library } = await commands();
    const findAlbum = async () => {
      const response = await fetch(new URL(`${library}?q=jazz`, setup.nodeUrl));
      const { items } = (await response.json()) as {
        readonly items: readonly { readonly key: string; readonly trackCount?: number | null }[];
      };
      return items[0];
    };
    // The first scan may still run.
    await expect.poll(findAlbum, { timeout: 20_000 }).toMatchObject({ trackCount: 2 });
    const album = await findAlbum();
    expect(await titlesAfter(ann, `!play library:${album?.key}`)).toEqual(["Mustapha", "Fun It"]);
  });

  it("lets users choose among several hits by number", async () => {
    expect(await ann.ask("!play queen")).toBe(
      [
        "Several match `queen`:",
        "1. album `Queen` by `Queen` (1 track)",
        "2. artist `Queen` (3 tracks)",
        "Send a number from 1 to 2 to play it.",
      ].join("\n"),
    );
    expect(await choose(ann, "3")).toBe("There's no number 3 in the list. Search again to see it.");
    expect(await ann.ask("!search jazz")).toMatch(/1\. album `Jazz`[\s\S]*`Fun It` by `Queen` \(0:19\)/);
    // The new list replaces the first one.
    expect(await ann.ask("!search queen")).toMatch(/1\. album `Queen`[\s\S]*2\. artist `Queen`/);
    expect(await choose(ann, "1")).toBe("Added 1 track from `Queen`, starting with `Doing All Right`.");
    expect(await ann.ask("!album summer")).toContain("There's no album `summer` in the music folder.");
    expect(await ann.ask("!search nothing")).toContain("No results for `nothing`.");
  });

  it("refuses positions beyond the end and impossible ones, and names the reasons of failures", async () => {
    await ann.ask("!play summer night");
    // The second time, too: a refused position changes nothing.
    for (let count = 0; count < 2; count++) {
      expect(await ann.ask("!seek 0:50")).toBe("0:50 is past the end: the track is 0:19 long.");
    }
    expect(await ann.ask("!seek +30")).toMatch(/^0:3\d is past the end: the track is 0:19 long\.$/);
    expect(await ann.ask("!seek 9:99")).toMatch(/`9:99`.*Give a position with seconds from 0 to 59/);
    expect(await ann.ask("!seek 0:05")).toBe("Jumped to 0:05.");
    expect(await ann.ask("!play broken.m4a")).toMatch(/^The audio node couldn't load that: `[^`]+[^`.]`\.$/);
    expect(logged.some((line) => line.includes("command rejected") && line.includes("couldn't load"))).toBe(
      true,
    );
    expect(await ann.ask("!play http://music.example/radio")).toContain("--set andesite.source.http=true");
    expect(await ann.ask("!play www.music.example/radio")).toContain("--set andesite.source.http=true");
    for (const address of ["ftp://music.example/radio", "file:///etc/passwd"]) {
      expect(await ann.ask(`!play ${address}`)).toBe(
        "I can only play web addresses that begin with http:// or https://.",
      );
    }
    expect(await ann.ask("!play https://www.youtube.com/watch?v=dQw4w9WgXcQ")).toBe(
      "I can't play `YouTube` here: the program yt-dlp is missing. The operator of the audio node can install it.",
    );
  });

  it("keeps playlists of users across restarts", async () => {
    expect(await ann.ask("!playlist list")).toContain("No playlists yet.");
    expect(await ann.ask("!playlist save x")).toBe("There's nothing to save: the queue is empty.");
    await ann.ask("!album jazz");
    expect(await ann.ask("!playlist save Friday  Night")).toContain("Saved `Friday Night` with 2 tracks.");
    await ann.ask("!stop");
    await setup.dj.close();
    await setup.restartBot();
    await expect.poll(() => ann.ask("!playlist list")).toBe("`Friday Night` by `ann` (2 tracks)");
    expect(await ann.ask("!playlist play friday night")).toContain("Added 2 tracks from `Friday Night`");
    const bob = await joinChat(setup.server.port, "bob");
    expect(await bob.ask("!playlist delete friday night")).toContain("belongs to `ann`");
    expect(await bob.ask("!playlist save friday night")).toContain("belongs to `ann`");
    expect(await ann.ask("!playlist delete friday night")).toBe("Deleted the playlist `Friday Night`.");
    expect(await ann.ask("!playlist play friday night")).toContain("There's no playlist `friday night`.");
    expect((await readdir(setup.folder)).filter((name) => name.startsWith("playlist"))).toEqual([]);
  });
});
