import { once } from "node:events";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { describe, expect, it } from "vitest";
import { serve } from "./bytes.test-support.ts";
import { Dialler, type DiallerOptions } from "./dialler.ts";

const getStatus = (url: string, dialler: Dialler): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = url.startsWith("https:")
      ? getHttps(url, { agent: dialler.httpsAgent })
      : getHttp(url, { agent: dialler.httpAgent });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
  });

/** Returns a dialler that resolves every name to one of these addresses, in turn. */
const diallerResolvingTo = (addresses: readonly string[], options: DiallerOptions = {}) => {
  const lookups: string[] = [];
  const dialler = new Dialler({
    ...options,
    resolve: (host) => {
      lookups.push(host);
      const address = addresses[(lookups.length - 1) % addresses.length] ?? "";
      return Promise.resolve([{ address, family: address.includes(":") ? 6 : 4 }]);
    },
  });
  return { dialler, lookups };
};

const serveOk = () => serve((_request, response) => void response.end("ok"));

describe("Dialler", () => {
  it.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "localhost"])(
    "does not connect to %s over HTTP or HTTPS",
    async (host) => {
      await using server = await serveOk();
      const dialler = new Dialler();
      for (const scheme of ["http", "https"]) {
        await expect(getStatus(`${scheme}://${host}:${server.port}/`, dialler)).rejects.toMatchObject({
          name: "DialError",
          code: "PRIVATE_ADDRESS",
        });
      }
      expect(server.requests).toEqual([]);
      expect(server.sockets.size).toBe(0);
    },
  );

  it("does not connect to a name that resolves to a private address, and does not reveal the address", async () => {
    await using server = await serveOk();
    const { dialler } = diallerResolvingTo(["127.0.0.1"]);
    const error = await getStatus(`http://music.example:${server.port}/`, dialler).catch(
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: "PRIVATE_ADDRESS" });
    expect(String(error)).toContain("music.example");
    expect(String(error)).not.toContain("127.0.0.1");
    expect(server.requests).toEqual([]);
  });

  it("checks the address that it connects to, even if a name resolves differently from before", async () => {
    await using server = await serveOk();
    // Public at the first lookup, private afterwards.
    const { dialler, lookups } = diallerResolvingTo(["203.0.114.1", "127.0.0.1"]);
    await dialler.resolveUdp("rebinding.example");
    await expect(getStatus(`http://rebinding.example:${server.port}/`, dialler)).rejects.toMatchObject({
      code: "PRIVATE_ADDRESS",
    });
    expect(lookups).toEqual(["rebinding.example", "rebinding.example"]);
    expect(server.requests).toEqual([]);
  });

  it("connects to the resolved address, with one lookup per connection", async () => {
    await using server = await serveOk();
    const { dialler, lookups } = diallerResolvingTo(["127.0.0.1"], { allowPrivateAddresses: true });
    expect(await getStatus(`http://any.example:${server.port}/`, dialler)).toBe(200);
    expect(lookups).toEqual(["any.example"]);
    expect(server.requests[0]?.headers.host).toBe(`any.example:${server.port}`);
  });

  it("drops the private ones of several addresses", async () => {
    const dialler = new Dialler({
      resolve: () =>
        Promise.resolve([
          { address: "10.0.0.1", family: 4 },
          { address: "8.8.8.8", family: 4 },
          { address: "::1", family: 6 },
        ]),
    });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    dialler.lookup("mixed.example", { all: true }, (_error, addresses) => resolve(addresses));
    expect(await promise).toEqual([{ address: "8.8.8.8", family: 4 }]);
    expect(await dialler.resolveUdp("mixed.example")).toEqual({ address: "8.8.8.8", family: 4 });
  });

  it("does not connect to the public addresses of this machine", async () => {
    const ownAddresses = () => ["8.8.4.4", "2a00:1450::1"];
    expect(new Dialler({ ownAddresses }).isAllowedAddress("8.8.4.4")).toBe(false);
    expect(new Dialler({ ownAddresses }).isAllowedAddress("2a00:1450:0::1")).toBe(false);
    expect(new Dialler({ ownAddresses }).isAllowedAddress("8.8.8.8")).toBe(true);
    expect(new Dialler({ ownAddresses, allowPrivateAddresses: true }).isAllowedAddress("8.8.4.4")).toBe(true);
    await expect(new Dialler({ ownAddresses }).resolveUdp("8.8.4.4")).rejects.toMatchObject({
      code: "PRIVATE_ADDRESS",
    });
  });

  it("applies the same checks to TCP connections and datagrams", async () => {
    await using server = await serveOk();
    const dialler = new Dialler();
    for (const host of ["127.0.0.1", "::1", "localhost"]) {
      const socket = dialler.connect(host, server.port);
      const [error] = await once(socket, "error");
      expect(error).toMatchObject({ code: "PRIVATE_ADDRESS" });
      await expect(dialler.resolveUdp(host)).rejects.toMatchObject({ code: "PRIVATE_ADDRESS" });
    }
    const socket = new Dialler({ allowPrivateAddresses: true }).connect("127.0.0.1", server.port);
    await once(socket, "connect");
    socket.destroy();
  });

  it("fails with UNKNOWN_HOST when a name does not resolve", async () => {
    const dialler = new Dialler({ resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    await expect(getStatus("http://nowhere.example/", dialler)).rejects.toMatchObject({
      code: "UNKNOWN_HOST",
    });
    await expect(dialler.resolveUdp("nowhere.example")).rejects.toMatchObject({ code: "UNKNOWN_HOST" });
  });
});
