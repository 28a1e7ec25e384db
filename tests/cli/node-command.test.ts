import { once } from "node:events";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { environmentVariable, optionKeys } from "@asterite/andesite-node/configuration";
import { launch, mediaFolder, parseJsonLine, readyLine } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { sendRequest } from "../support/andesite-node.ts";
import { asterite, asteriteExecutable, temporaryFolder } from "../support/asterite.ts";

/** Starts `asterite node` on a free port. It is stopped after the test. */
async function startNodeProcess(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const child = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "node", ...args],
    env: { ASTERITE_NODE_PORT: "0", ...env },
    readyWhen: readyLine,
    timeoutMs: 30_000,
  });
  onTestFinished(async () => {
    await child.stop();
  });
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  return { child, ready, url: `http://127.0.0.1:${ready?.["port"]}` };
}

const regionOf = async (url: string) =>
  (await sendRequest(`${url}/stats`)).headers.get("andesite-node-region");

describe("asterite node", { timeout: 60_000 }, () => {
  it("logs one JSON line with host and port when ready, and exits cleanly", async () => {
    const { child, ready, url } = await startNodeProcess(["--log-level", "silent"]);
    expect(ready).toMatchObject({
      msg: "ready",
      service: "andesite-node",
      pid: child.pid,
      host: "127.0.0.1",
      port: expect.any(Number),
    });
    expect(await sendRequest(`${url}/stats`)).toMatchObject({
      status: 200,
      body: { runtime: { pid: child.pid } },
    });
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(child.stdout).toHaveLength(1);
  });

  it("resolves settings in the order flag, environment, file, default", async () => {
    const config = join(await temporaryFolder(), "node.json");
    const content = {
      andesite: { node: { region: "file" }, "node.id": "file" },
      "andesite.log-level": "ERROR",
    };
    await writeFile(config, JSON.stringify(content));
    const env = { ASTERITE_NODE_REGION: "variable", ANDESITE_NODE_REGION: "key variable" };
    const flag = await startNodeProcess(["--config", config, "--region", "flag"], env);
    expect(await regionOf(flag.url)).toBe("flag");
    const set = await startNodeProcess(["--config", config, "--set", "andesite.node.id=set"], {
      ANDESITE_NODE_REGION: "key variable",
      ANDESITE_NODE_ID: "key variable",
    });
    const { headers } = await sendRequest(`${set.url}/stats`);
    expect([headers.get("andesite-node-region"), headers.get("andesite-node-id")]).toEqual([
      "key variable",
      "set",
    ]);
    const file = await startNodeProcess(["--config", config]);
    expect(await regionOf(file.url)).toBe("file");
    expect(await regionOf((await startNodeProcess()).url)).toBe("unknown");
  });

  it("requires the configured password and never logs it", async () => {
    const { child, url } = await startNodeProcess(["--log-level", "debug"], {
      ASTERITE_NODE_PASSWORD: "sesame",
    });
    expect(await sendRequest(`${url}/stats`)).toMatchObject({ status: 401 });
    expect(await sendRequest(`${url}/stats?password=sesame`)).toMatchObject({ status: 200 });
    await child.stop();
    expect([...child.stdout, ...child.stderr].join("\n")).not.toContain("sesame");
  });

  it("loads tracks from the music folder and logs ignored settings", async () => {
    const { child, ready, url } = await startNodeProcess(
      ["--music", mediaFolder, "--set", "andesite.koe.transport=nio", "--set", "andesite.source.vimeo=false"],
      { ANDESITE_UNHEARD_OF: "1" },
    );
    expect(ready?.["sources"]).toContain("local");
    const warning = child.stdout.map(parseJsonLine).find((line) => line?.["keys"] !== undefined);
    expect(warning?.["keys"]).toEqual(["andesite.koe.transport", "ANDESITE_UNHEARD_OF"]);
    const identifier = encodeURIComponent(`raw:${join(mediaFolder, "tones.flac")}`);
    expect(await sendRequest(`${url}/loadtracks?identifier=${identifier}`)).toMatchObject({
      body: { loadType: "TRACK_LOADED" },
    });
  });

  it.each([
    [["--port", "70000"], {}, "andesite.transport.http.port"],
    [[], { ASTERITE_NODE_PORT: "x" }, "ASTERITE_NODE_PORT"],
    [[], { ASTERITE_NODE_PORT: "1", ANDESITE_TRANSPORT_HTTP_REST: "x" }, "andesite.transport.http.rest"],
    [["--set", "andesite.playing"], {}, "andesite.some.key=value"],
    [["--set", "andesite.unheard=1"], {}, "unknown key in --set: andesite.unheard"],
    [["--port", "0", "--set", "andesite.transport.http.port=1"], {}, "mutually exclusive"],
    [["--host", "0.0.0.0"], {}, "set a password, or set open"],
    [["--host", "192.0.2.1", "--open"], {}, "is not an address of this machine"],
    [["--config", "none.json"], {}, "cannot read configuration file none.json"],
    [["--log-level", "loud"], {}, "debug, info, warn, error, silent"],
    [["--set", "andesite.log-level=loud"], {}, "andesite.log-level"],
    [["--region", "ü"], {}, "visible ASCII characters"],
    [["--nats", "nats://a"], {}, "requires a password"],
    [["--nats", "nats://x:hidden@a"], {}, "--nats must not contain credentials"],
    [["--set", "andesite.announce.nats=hidden@a"], {}, "--nats must not contain credentials"],
    [[], { ASTERITE_NODE_NATS: "nats://x:hidden@" }, "such as nats://host:4222"],
    [["--advertise", "host"], {}, "host:5000 or https://host/path"],
    [["--advertise", "http://ann@host"], {}, "host:5000 or https://host/path"],
    [["--set", "andesite.announce.listen-url=ftp://a"], {}, "http: or https: URL"],
    [["--colour", "red"], {}, "unknown option '--colour'"],
  ])("rejects %j with %j without a stack trace", async (args, env, message) => {
    const { code, stderr, stdout } = await asterite(["node", ...args], { env, cwd: await temporaryFolder() });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at |hidden/m);
    expect([code, stdout]).toEqual([1, ""]);
  });

  it("rejects a music folder without readable content, and warns of an empty one", async () => {
    const folder = await temporaryFolder();
    const [file, missing, loop, empty] = ["file", "missing", "loop", "empty"].map((name) =>
      join(folder, name),
    );
    await writeFile(file ?? "", "");
    // Root may read each folder, but not this one.
    await symlink("loop", loop ?? "");
    await mkdir(empty ?? "");
    for (const [path, message] of [
      [file, `${file} is not a folder`],
      [missing, `${missing} is not readable: it does not exist`],
      [loop, `${loop} is not readable: ELOOP`],
    ] as const) {
      const { code, stderr, stdout } = await asterite([
        "node",
        "--music",
        mediaFolder,
        "--music",
        path ?? "",
      ]);
      expect(stderr).toContain(`asterite node: music folder ${message}`);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect([code, stdout]).toEqual([1, ""]);
    }
    const { child } = await startNodeProcess(["--music", empty ?? ""]);
    const warning = child.stdout.map(parseJsonLine).find((line) => line?.["folder"] !== undefined);
    expect(warning).toMatchObject({ level: 40, msg: "music folder is empty", folder: empty });
  });

  it("reports that a port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const { code, stderr } = await asterite(["node", "--port", String(port)]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`port ${port} of 127.0.0.1 is already in use`),
    ]);
  });

  it("lists all keys with defaults in --help", async () => {
    const { code, stdout } = await asterite(["node", "--help"], { env: { COLUMNS: "200" } });
    expect(code).toBe(0);
    for (const { key } of optionKeys) expect(stdout).toMatch(new RegExp(`^  ${key} +.* \\(.+\\)$`, "m"));
    for (const flag of [
      "host",
      "port",
      "password",
      "open",
      "music",
      "allow-private-addresses",
      "yt-dlp",
      "region",
      "id",
      "nats",
      "advertise",
    ]) {
      expect(stdout).toContain(`--${flag} `);
      expect(stdout).toContain(environmentVariable(`asterite.node.${flag}`));
    }
  });
});

describe("asterite doctor node", { timeout: 60_000 }, () => {
  async function doctor(...args: readonly string[]) {
    const { code, stdout, stderr } = await asterite(["doctor", "node", "--json", ...args]);
    expect(stderr).toBe("");
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { severity: string; subject: string; message: string }[];
    };
    expect(ok).toBe(code === 0);
    return (subject: string) =>
      findings
        .filter((one) => one.subject === subject)
        .map(({ severity, message }) => `${severity}: ${message}`);
  }

  it("finds no problems with a music folder", async () => {
    const of = await doctor("--port", "0", "--music", mediaFolder);
    expect(of("configuration")).toEqual(["ok: valid"]);
    expect(of("audio")).toEqual(["ok: worker threads and Opus encoder work"]);
    expect(of("port")).toEqual(["ok: a free one is picked on each start"]);
    expect(of("music")).toEqual([`ok: ${mediaFolder} is readable`]);
  });

  it("names the reason why music cannot be played", async () => {
    const folder = await temporaryFolder();
    const [some, all, none] = ["some", "all", "none"].map((name) => join(folder, name));
    for (const path of [some, all, none]) await mkdir(path ?? "");
    for (const path of [some, all]) await writeFile(join(path ?? "", "broken.m4a"), "This is not audio.");
    await copyFile(join(mediaFolder, "tones.mp3"), join(some ?? "", "tones.mp3"));
    await writeFile(join(none ?? "", "cover.jpg"), "");
    const music = [some, all, none].flatMap((path) => ["--music", path ?? ""]);
    const of = await doctor("--port", "0", ...music);
    expect(of("music")).toEqual([
      expect.stringMatching(/^warning: 1 of 2 files in .*some cannot be played, such as broken\.m4a: \S/),
      expect.stringMatching(/^problem: 1 of 1 files in .*all cannot be played, such as broken\.m4a: \S/),
      expect.stringMatching(/^warning: .*none contains no music in a format that the node plays/),
    ]);
  });

  it("reports unusable folders, programs and settings", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "empty"));
    await writeFile(join(folder, "file"), "");
    const all = ["none", "empty", "file"].flatMap((name) => ["--music", join(folder, name)]);
    const of = await doctor("--port", "0", ...all, "--yt-dlp", join(folder, "none"), "--open");
    expect(of("music")).toEqual([
      expect.stringMatching(/^problem: .*none is not readable/),
      expect.stringMatching(/^warning: .*empty is empty/),
      expect.stringMatching(/^problem: .*file is not a folder/),
    ]);
    expect(of("yt-dlp")).toEqual([expect.stringMatching(/^problem: cannot run /)]);
    expect((await doctor("--port", "0", "--yt-dlp", "none"))("yt-dlp")).toEqual([
      "ok: not configured: no web pages and searches",
    ]);
    expect(of("password")).toEqual(["warning: none, and the node is reachable from other machines"]);
    expect((await doctor("--host", "0.0.0.0"))("configuration")).toEqual([
      expect.stringMatching(/^problem: .*open/),
    ]);
  });

  it("finds yt-dlp in PATH", async () => {
    const folder = await temporaryFolder();
    const found = async () => {
      const { stdout } = await asterite(["doctor", "node", "--json", "--port", "0"], {
        env: { PATH: folder },
      });
      const { findings } = JSON.parse(stdout) as { findings: { subject: string; message: string }[] };
      return findings.find(({ subject }) => subject === "yt-dlp")?.message;
    };
    expect(await found()).toBe("not found in PATH: no web pages and searches");
    await writeFile(join(folder, "yt-dlp"), "#!/bin/sh\necho 2099.01.01\n", { mode: 0o755 });
    expect(await found()).toBe("2099.01.01");
  });

  it("checks whether bots can discover the node", async () => {
    const args = ["--port", "0", "--password", "sesame", "--nats", "nats://127.0.0.1:1"];
    const of = await doctor(...args, "--host", "127.0.0.1");
    expect(of("nats")).toEqual([expect.stringMatching(/^problem: 127\.0\.0\.1:1: /)]);
    expect(of("address")).toEqual([
      "warning: 127.0.0.1 is announced to bots, which cannot reach it from other machines",
    ]);
    expect((await doctor(...args, "--advertise", "a:5000"))("address")).toEqual([]);
  });

  it("tells a running node from another program on the port", async () => {
    const { ready } = await startNodeProcess();
    const own = await doctor("--port", String(ready?.["port"]));
    expect(own("port")).toEqual([expect.stringMatching(/^ok: \d+ is in use by a running node: \d/)]);
    const other = createServer((socket) => socket.end("no")).listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const strange = await doctor("--port", String((other.address() as { port: number }).port));
    expect(strange("port")).toEqual([expect.stringMatching(/^problem: .* not an audio node$/)]);
  });
});
