import { describe, expect, it } from "vitest";
import { environmentVariable, isIgnoredKey, optionKeys } from "./option-keys.ts";
import { type AndesiteNodeOptions, defaultNodeOptions } from "./options.ts";
import { completeOptions, findOption, listenAddress, readOptionKeys } from "./read-options.ts";

/**
 * Keys of section 15.2 of the protocol with their defaults; all others of the original node share a prefix
 * with one of them.
 */
const documented = {
  "extra-plugins": [],
  password: null,
  "debug-password": null,
  "auto-ytsearch": true,
  "audio-handler": "koe",
  "node.region": "unknown",
  "node.id": "unknown",
  "transport.http.port": 5_000,
  "transport.http.rest": true,
  "transport.http.ws": true,
  "prometheus.enabled": false,
  "prometheus.path": "/metrics",
  "prometheus.update-period": "3s",
  "sentry.enabled": false,
  "sentry.dsn": null,
  "sentry.tags": [],
  "sentry.log-level": "WARN",
  "lavaplayer.frame-buffer-duration": 5_000,
  "lavaplayer.non-allocating": true,
  "lavaplayer.youtube.max-playlist-page-count": 6,
  "lavaplayer.youtube.rotation.ips": [],
  "lavaplayer.youtube.rotation.strategy": "RotateOnBan",
  "source.youtube": true,
  "source.soundcloud": true,
  "source.bandcamp": true,
  "source.vimeo": true,
  "source.twitch": true,
  "source.beam": true,
  "source.search": true,
  "source.http": false,
  "source.local": false,
  "lavalink.ws-path": "/",
  "magma.send-system.type": "nas",
  "magma.array-provider": "create-new",
  "koe.gateway": "v4",
  "koe.udp-queue.threads": -1,
};

describe("documented keys", () => {
  it.each(Object.entries(documented))(
    "%s is known, with its default of %j if it has an effect",
    (name, fallback) => {
      const key = `andesite.${name}`;
      const option = findOption(key);
      expect(option !== undefined || isIgnoredKey(key)).toBe(true);
      if (option) expect(option.fallback).toEqual(fallback);
      const { ignored } = readOptionKeys({ [key]: fallback });
      expect(ignored).toEqual(option ? [] : [key]);
    },
  );

  it("have unique environment variables", () => {
    expect(environmentVariable("andesite.transport.http.bind-address")).toBe(
      "ANDESITE_TRANSPORT_HTTP_BIND_ADDRESS",
    );
    expect(new Set(optionKeys.map(({ key }) => environmentVariable(key))).size).toBe(optionKeys.length);
  });
});

describe("reading keys", () => {
  it("parses strings as flags, numbers and lists", () => {
    const { options } = readOptionKeys({
      "andesite.transport.http.port": "80",
      "andesite.transport.http.rest": "FALSE",
      "andesite.local.folders": "/a, /b",
      "andesite.source.http": "true",
      "andesite.password": "1",
      "andesite.node.id": null,
    });
    expect(options).toEqual({
      http: { port: 80, rest: false },
      loading: { musicFolders: ["/a", "/b"], sources: { http: true } },
      password: "1",
    });
    expect(completeOptions(options)).toMatchObject({ id: "unknown", http: { port: 80, webSocket: true } });
  });

  it.each([
    ["andesite.transport.http.port", "65536", "an integer from 0 to 65535"],
    ["andesite.transport.http.port", 1.5, "an integer"],
    ["andesite.transport.http.port", "", "an integer"],
    ["andesite.transport.http.rest", "maybe", "true or false"],
    ["andesite.auto-search-prefix", "scsearch", "ytsearch or search"],
    ["andesite.limits.loading.load-time", "0", "an integer from 1 to 2147483647 (ms)"],
    ["andesite.limits.bytes.redirects", -1, "an integer from 0"],
    ["andesite.local.folders", [1], "a list of non-empty strings"],
    ["andesite.local.folders", "a,,b", "a list of non-empty strings"],
    ["andesite.node.region", "a\r\nb", "visible ASCII"],
    ["andesite.lavalink.ws-path", "lava", "begins with /"],
    ["andesite.transport.http.headers-timeout", "9999999999", "(ms)"],
  ])("rejects %s with %j", (key, value, words) => {
    const read = () => readOptionKeys({ [key]: value });
    expect(read).toThrow(key);
    expect(read).toThrow(words);
  });

  it("has a key with its default for every limit of loading", () => {
    for (const group of ["limits", "byteLimits"] as const) {
      for (const [name, fallback] of Object.entries(defaultNodeOptions.loading[group])) {
        const option = optionKeys.find(({ path }) => path.join() === ["loading", group, name].join());
        expect(option, name).toMatchObject({ fallback, kind: { type: "integer" } });
        const { options } = readOptionKeys({ [option?.key ?? ""]: String(fallback + 1) });
        expect(completeOptions(options).loading[group]).toEqual({
          ...defaultNodeOptions.loading[group],
          [name]: fallback + 1,
        });
      }
    }
  });

  it("never shows a password", () => {
    expect(() => readOptionKeys({ "andesite.password": 12_345 })).toThrow(
      /^andesite\.password must be a non-empty string$/,
    );
  });

  it("ignores keys of Object.prototype", () => {
    const { options, ignored } = readOptionKeys(
      JSON.parse('{"__proto__":{"polluted":1},"andesite.__proto__":1}'),
    );
    expect(options).toEqual({});
    expect(ignored).toHaveLength(2);
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("completing options", () => {
  it("applies the defaults to absent and undefined options", () => {
    expect(completeOptions({})).toEqual(defaultNodeOptions);
    const given = { region: undefined, http: { port: undefined } } as unknown as AndesiteNodeOptions;
    expect(completeOptions(given)).toEqual(defaultNodeOptions);
  });

  it("applies the defaults within every group", () => {
    for (const { path, fallback } of optionKeys) {
      const value = typeof fallback === "number" ? fallback : undefined;
      if (value === undefined) continue;
      const [group = "", name = ""] = path;
      const complete = completeOptions({ [group]: { [name]: value } } as AndesiteNodeOptions);
      expect(complete).toEqual(defaultNodeOptions);
    }
  });

  it.each([
    [{ http: { port: -1 } }, "Option http.port is -1"],
    [{ http: { prot: 1 } }, "Option http.prot does not exist"],
    [{ pasword: "x" }, "Option pasword does not exist"],
    [{ password: "" }, "Option password must be"],
    [{ loading: { limits: { loadMs: 0 } } }, "Option loading.limits.loadMs is 0"],
    [{ loading: { limits: { loads: 1 } } }, "Option loading.limits.loads does not exist"],
    [{ loading: { sources: { spotify: true } } }, "Option loading.sources.spotify does not exist"],
  ])("rejects %j", (options, words) => {
    expect(() => completeOptions(options as AndesiteNodeOptions)).toThrow(words);
  });
});

describe("the listen address", () => {
  const address = (options: AndesiteNodeOptions) => listenAddress(completeOptions(options));

  it("is a loopback address without a password, unless open is set", () => {
    expect(address({})).toBe("127.0.0.1");
    expect(address({ password: "x" })).toBe("0.0.0.0");
    expect(address({ open: true })).toBe("0.0.0.0");
    expect(address({ password: "x", http: { host: "192.0.2.1" } })).toBe("192.0.2.1");
    for (const host of ["localhost", "127.0.0.2", "::1"]) expect(address({ http: { host } })).toBe(host);
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.org", "node"]) {
      expect(() => address({ http: { host } })).toThrow("set a password");
    }
  });
});
