import { silentLogger, startDj } from "@asterite/dj";
import { settled } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { temporaryFolder } from "../support/asterite.ts";
import { scriptedTrack, startScriptedNode, titleOf } from "../support/audio-node.ts";
import { ChatUser, join, loadQueries, quick, startBot } from "../support/dj.ts";
import { ask } from "../support/server.ts";

describe("search", () => {
  it.each([
    ["moonlight sonata", ["search:moonlight sonata"]],
    ["https://music.example/a?b=c", ["https://music.example/a?b=c"]],
    ["<https://music.example/a>", ["https://music.example/a"]],
    ["album/song.flac", ["raw:album/song.flac"]],
    ["ytsearch:song", ["ytsearch:song"]],
    // These must not open a file outside the music folder, or reach a service on the machine of the node.
    ["../secret.mp3", ["search:../secret.mp3"]],
    ["/etc/passwd", ["search:/etc/passwd"]],
    ["file:///etc/passwd.mp3", []],
    ["raw:/etc/passwd", ["search:raw:/etc/passwd"]],
    ["C:\\secret.wav", ["search:C:\\secret.wav"]],
  ])("%s loads %j from the node", async (query, identifiers) => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    await ann.ask(`!play ${query}`);
    expect(loadQueries(node)).toEqual(identifiers.map((identifier) => ({ identifier, extended: "true" })));
  });

  it("tries the next source, and a text search when a file is not found", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { searchers: ["search", "scsearch"] });
    node.scripted.respond = ({ query }) =>
      String(query["identifier"]).startsWith("scsearch:")
        ? { status: 200, body: { loadType: "SEARCH_RESULT", tracks: [scriptedTrack("found")] } }
        : { status: 200, body: { loadType: "NO_MATCHES" } };
    expect(await ann.ask("!play a.mp3")).toContain("Playing `found`");
    expect(loadQueries(node).map((query) => (query as { identifier: string }).identifier)).toEqual([
      "raw:a.mp3",
      "search:a.mp3",
      "scsearch:a.mp3",
    ]);
  });

  it("adds as much of a playlist as fits", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { maxPlaylist: 3, maxQueue: 5 });
    const tracks = ["a", "b", "c", "d"].map((name) => scriptedTrack(name));
    node.scripted.respond = () => ({
      status: 200,
      body: { loadType: "PLAYLIST_LOADED", tracks, playlistInfo: { name: "the list" } },
    });
    const url = "https://music.example/list";
    expect(await ann.ask(`!play ${url}`)).toBe(
      "Added 3 tracks from `the list`, starting with `a`. 1 track didn't fit.",
    );
    expect(await ann.ask(`!play ${url}`)).toBe("Added 3 tracks from `the list`. 1 track didn't fit.");
    expect(await ann.ask(`!play ${url}`)).toContain("The queue is full.");
    expect(ann.music?.queueLength).toBe(5);
  });

  it("reports how much of a playlist the node left out", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    node.scripted.respond = () => ({
      status: 200,
      body: {
        loadType: "PLAYLIST_LOADED",
        tracks: [scriptedTrack("a"), scriptedTrack("b")],
        playlistInfo: { name: "the list", selectedTrack: null, omitted: 150 },
      },
    });
    expect(await ann.ask("!play https://music.example/list")).toBe(
      "Added 2 tracks from `the list`, starting with `a`. 150 more weren't loaded: the audio node limits playlists.",
    );
  });

  it("adds the part of a playlist for which the queue has room", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { maxQueue: 3 });
    const tracks = ["a", "b", "c"].map((name) => scriptedTrack(name));
    node.scripted.respond = () => ({
      status: 200,
      body: { loadType: "PLAYLIST_LOADED", tracks, playlistInfo: { name: "the list" } },
    });
    const url = "https://music.example/list";
    expect(await ann.ask(`!play ${url}`)).toBe("Added 3 tracks from `the list`, starting with `a`.");
    expect(await ann.ask(`!play ${url}`)).toBe("Added 1 track from `the list`. 2 tracks didn't fit.");
    expect(await ann.ask(`!play ${url}`)).toContain("The queue is full.");
    expect(await ann.ask("!remove 1")).toBe("Removed `b`.");
    expect(await ann.ask(`!playnext ${url}`)).toBe("Added 1 track from `the list`. 2 tracks didn't fit.");
    expect(ann.music?.queue.map(({ title }) => title)).toEqual(["a", "c", "a"]);
  });

  it("runs up to eight searches of a channel at once, and any number in turn", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    // A search that fails ends as well as one that succeeds.
    for (let count = 0; count < 9; count++) expect(await ann.ask("!play nothing")).toContain("No results");
    for (let count = 0; count < 9; count++) await ann.ask(`!play track ${count}`);
    await expect.poll(() => ann.music?.queueLength).toBe(8);
    const answer = node.scripted.respond;
    node.scripted.respond = () => undefined;
    const before = loadQueries(node).length;
    const searches = Array.from({ length: 8 }, (_, index) => ann.ask(`!play slow ${index}`));
    await expect.poll(() => loadQueries(node).length).toBe(before + 8);
    expect(await ann.ask("!play ninth")).toBe("Too many searches are running. Try again in a moment.");
    expect(loadQueries(node)).toHaveLength(before + 8);
    await node.kill();
    for (const search of searches) expect(await search).toContain("can't be reached");
    node.scripted.respond = answer;
    await node.restart();
    expect(await ann.ask("!play after")).toContain("at position 9");
  });

  it("adds tracks in the order of the requests, without blocking other commands during a search", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    await ann.ask("!play first");
    const answer = node.scripted.respond;
    // The slow search stays pending until the node is killed, so the fast one must wait for it.
    node.scripted.respond = (request) =>
      String(request.query["identifier"]).includes("slow") ? undefined : answer(request);
    const slow = ann.ask("!play slow");
    const fast = ann.ask("!play fast");
    await expect.poll(() => loadQueries(node)).toHaveLength(3);
    expect(await ann.ask("!pause")).toContain("Paused");
    expect(ann.music?.queueLength).toBe(0);
    await node.kill();
    expect(await slow).toContain("can't be reached");
    expect(await fast).toContain("at position 1");
  });

  it("shows that it is typing during a search, which ends without a reply when the bot is closed", async () => {
    const node = await startScriptedNode();
    const failures: string[] = [];
    const fail = (_fields: object, message: string) => void failures.push(message);
    const logger = { ...silentLogger, warn: fail, error: fail };
    const { ann, dj } = await startBot([node], { logger });
    const typing: string[] = [];
    ann.client.on("typing", ({ user }) => typing.push(user.username));
    node.scripted.respond = () => undefined;
    await ann.channel.send("!play slow");
    await expect.poll(() => typing).toContain("dj");
    await expect.poll(() => loadQueries(node)).toHaveLength(1);
    await dj.close();
    expect(await settled(() => ann.messages.length)).toBe(1);
    expect(failures).toEqual([]);
  });

  it("shows lyrics from the tags", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    await ann.ask("!play song");
    expect(await ann.ask("!lyrics")).toBe("No lyrics in the tags of `song`.");
    node.scripted.respond = () => ({
      status: 200,
      body: { loadType: "TRACK_LOADED", tracks: [scriptedTrack("song", { lyrics: "la la\n```\n@ann la" })] },
    });
    expect(await ann.ask("!lyrics")).toBe("`song`\n```\nla la\n´´´\n@\u200bann la\n```");
    expect(loadQueries(node).at(-1)).toEqual({ identifier: "raw:/music/song.mp3", extended: "true" });
  });
});

describe("failures", () => {
  it("replies in plain words, without stack traces", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { loadTimeoutMs: 300 });
    const replies: string[] = [];
    const respond = async (body: unknown, status = 200): Promise<void> => {
      node.scripted.respond = () => ({ status, body });
      replies.push(await ann.ask("!play x"));
    };
    await respond({
      loadType: "LOAD_FAILED",
      cause: { class: "X", message: "`bad` file" },
      severity: "COMMON",
    });
    await respond({ code: 401, message: "Unauthorized" }, 401);
    await respond({ code: 500, message: "at Object.<anonymous> (/srv/node.js:1:1)" }, 500);
    await respond({ loadType: 5 });
    node.scripted.respond = () => undefined;
    replies.push(await ann.ask("!play x"));
    await node.kill();
    replies.push(await ann.ask("!play x"));
    expect(replies).toEqual([
      "The audio node couldn't load that: `´bad´ file`.",
      expect.stringContaining("rejected the bot's password"),
      "The audio node rejected the request (status 500). The operator of the bot finds more in its log.",
      expect.stringContaining("response is invalid"),
      expect.stringContaining("took too long"),
      expect.stringContaining("can't be reached"),
    ]);
  });

  it("skips a track that fails", async () => {
    const node = await startScriptedNode();
    const { ann, userId, guildId } = await startBot([node]);
    node.scripted.onOperation = ({ op, fields }) => {
      if (op === "play" && titleOf(fields["track"]).startsWith("broken")) {
        setImmediate(() => {
          node.scripted.event(
            guildId,
            { type: "TrackExceptionEvent", track: fields["track"], error: "x" },
            userId,
          );
          node.scripted.endTrack(guildId, "LOAD_FAILED", userId);
        });
      }
      return false;
    };
    await ann.ask("!play broken one");
    await ann.ask("!play good");
    await expect
      .poll(() => ann.announcements, { timeout: 10_000 })
      .toEqual(["Couldn't play `broken one` (`x`) – skipped."]);
    await expect.poll(() => ann.music?.player?.track.title).toBe("good");
  });
});

describe("hostile names", () => {
  const names = [
    "**bold** [click](javascript:alert(1)) `code` <img src=x onerror=alert(1)>",
    "@everyone <@1> <:evil.example:2345:1:> www.evil.example",
    "https://evil.example/track.png",
    "a\u0000b\u001b[31mc\u202egnp.exe\u200bd\ud800",
    `${"x".repeat(100_000)}`,
    `Z${"\u0300".repeat(500)}algo`,
    "line one\n!stop\n# heading",
    "",
  ];

  it.each(names.map((name) => [name.slice(0, 40), name]))("%j is inert in a reply", async (_, name) => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { announce: true });
    const more = { title: name, author: name, uri: "javascript:alert(1)", artworkUrl: "data:text/html,x" };
    node.scripted.respond = () => ({
      status: 200,
      body: { loadType: "SEARCH_RESULT", tracks: [scriptedTrack("t", more)], playlistInfo: {} },
    });
    const replies = [
      await ann.ask("!play x"),
      await ann.ask("!play y"),
      await ann.ask("!queue"),
      await ann.ask("!np"),
    ];
    for (const reply of replies) {
      expect(reply.length).toBeLessThan(2_000);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested.
      expect(reply).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
      expect(reply.isWellFormed()).toBe(true);
      expect(reply).not.toMatch(/https?:\/\/|www\.|@\w|<@|<:|<img/);
      expect(reply).not.toMatch(/\u0300{4}/);
      // Names are inline code, so none of their text is left without it.
      expect(reply.replace(/`[^`\n]*`/g, "")).not.toMatch(/[[\]*_<>@]|evil|javascript|stop/);
      expect(reply.split("\n").every((line) => !line.startsWith("!"))).toBe(true);
    }
    await expect.poll(() => ann.music?.queueLength).toBe(1);
    const music = JSON.stringify(ann.music);
    expect(music.length).toBeLessThan(16_384);
    expect(music).not.toContain('"uri":"javascript');
    expect(music).not.toContain("data:text");
    expect(music).not.toMatch(/\\u00|\\ud8/);
  });

  it("shortens the published queue until it fits", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node]);
    const long = '\u{1f3b5}"\\'.repeat(5_000);
    const tracks = Array.from({ length: 60 }, () => scriptedTrack("t", { title: long, author: long }));
    node.scripted.respond = () => ({
      status: 200,
      body: { loadType: "PLAYLIST_LOADED", tracks, playlistInfo: { name: long } },
    });
    await ann.ask("!play https://music.example/list");
    await expect.poll(() => ann.music?.queueLength).toBe(59);
    expect(ann.music?.queue.length).toBeGreaterThan(0);
    expect(JSON.stringify(ann.music).length).toBeLessThanOrEqual(16_384);
  });
});

describe("access", () => {
  it("ignores the bot's own messages, other bots and messages that are not commands", async () => {
    const { server, admin, adminUuid } = await startAdministered();
    const node = await startScriptedNode();
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port },
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null }],
      folder: await temporaryFolder(),
      ...quick,
    });
    onTestFinished(() => dj.close());
    const robot = await join(server.port, "robot");
    const ann = await join(server.port, "ann");
    await ask(admin, "hello", { client: "tests", extensions: ["groups"] });
    const { reply } = await ask(admin, "create_group", {
      name: "bots",
      permissions: [0, 0, 0],
      colour: 0,
      position: 1,
    });
    await ask(admin, "update_user_groups", { user: robot.uuid, groups: [reply["uuid"]] });
    await expect.poll(() => ann.client.getUser(robot.uuid)?.groups).toHaveLength(1);
    await robot.channel.send("!play mine");
    await ann.channel.send("play mine");
    for (const text of ["!dance", "!bank", "!nap", "!text"]) await ann.channel.send(text);
    await ann.channel.send("!!!");
    // Sent by the account of the bot, from another session.
    const self = new ChatUser(server.port, "dj");
    onTestFinished(() => self.client.disconnect());
    await self.client.connect();
    await self.channel.send("!play mine");
    expect(await ann.ask("!play wanted")).toContain("Playing `wanted`");
    expect(loadQueries(node)).toHaveLength(1);
    const answers = ann.messages.filter(({ author }) => author.uuid === dj.userUuid);
    expect(answers.map(({ content }) => content)).toEqual(["!play mine", expect.stringContaining("Playing")]);
    expect(adminUuid).toBeGreaterThan(0);
  });

  it.each([
    ["requester", "That would affect tracks requested by `ann`."],
    ["group:djs", "Only members of `djs` can control the music here."],
  ] as const)("rejects other users with control %s", async (control, refusal) => {
    const { server, admin } = await startAdministered();
    const node = await startScriptedNode();
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port },
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null }],
      folder: await temporaryFolder(),
      ...quick,
      control,
    });
    onTestFinished(() => dj.close());
    const [ann, bob, moderator] = [
      await join(server.port, "ann"),
      await join(server.port, "bob"),
      await join(server.port, "moderator"),
    ];
    await ask(admin, "hello", { client: "tests", extensions: ["groups"] });
    const make = async (name: string, permissions: number[], user: number): Promise<void> => {
      const { reply } = await ask(admin, "create_group", { name, permissions, colour: 0, position: 1 });
      await ask(admin, "update_user_groups", { user, groups: [reply["uuid"]] });
      await expect.poll(() => bob.client.getUser(user)?.groups).toHaveLength(1);
    };
    await make("djs", [0, 0, 0], ann.uuid);
    // manage_messages is the eighth permission: the highest two bits of the second byte.
    await make("moderators", [0, 0b0100_0000, 0], moderator.uuid);
    expect(await ann.ask("!play first")).toContain("Playing");
    expect(await bob.ask("!skip")).toContain(refusal);
    expect(await bob.ask("!volume 10")).toContain(refusal);
    expect(await bob.ask("!queue")).toContain("Now: `first`");
    expect(await bob.ask("!play second")).toContain(control === "requester" ? "position 1" : refusal);
    expect(await ann.ask("!pause")).toContain("Paused");
    if (control === "requester") {
      expect(await ann.ask("!clear")).toContain("tracks requested by `bob`");
      expect(await bob.ask("!remove 1")).toContain("Removed");
    }
    expect(await moderator.ask("!stop")).toContain("Stopped");
  });
});

describe("rate limits", () => {
  it("drops the commands of one user after one notice, and does not affect others", async () => {
    const node = await startScriptedNode();
    const { ann, server } = await startBot([node], {
      personRate: { burst: 3, everyMs: 60_000 },
      answerRate: { burst: 1_000, everyMs: 1 },
    });
    const bob = await join(server.port, "bob");
    for (let count = 0; count < 60; count++) await ann.channel.send("!play flood");
    expect(await bob.ask("!play calm")).toContain("at position");
    const answers = () =>
      bob.messages.filter(({ author }) => author.uuid !== ann.uuid && author.uuid !== bob.uuid);
    expect(await settled(() => answers().length)).toBe(5);
    expect(answers().filter(({ content }) => content.startsWith("You're going too fast"))).toHaveLength(1);
    expect(loadQueries(node)).toHaveLength(4);
  });

  it("drops replies above the limit", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { answerRate: { burst: 4, everyMs: 60_000 } });
    for (let count = 0; count < 40; count++) await ann.channel.send("!queue");
    const answers = () => ann.messages.filter(({ author }) => author.uuid !== ann.uuid).length;
    await expect.poll(answers).toBe(4);
    expect(await settled(answers)).toBe(4);
  });

  it("publishes frequent changes in few states, of which the last is current", async () => {
    const node = await startScriptedNode();
    const { ann } = await startBot([node], { publishMs: 200 });
    let published = 0;
    ann.client.on("channelState", () => published++);
    await ann.ask("!play track");
    for (let percent = 1; percent <= 60; percent++) void ann.channel.send(`!volume ${percent}`);
    await ann.channel.send("!volume 99");
    await expect.poll(() => ann.music?.player?.volume).toBe(99);
    expect(published).toBeLessThan(30);
  });
});
