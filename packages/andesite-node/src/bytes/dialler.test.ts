import { once } from "node:events";
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { describe, expect, it } from "vitest";
import { serve } from "./bytes.test-support.ts";
import { Dialler, type DiallerOptions } from "./dialler.ts";

const ask = (url: string, dialler: Dialler): Promise<number> =>
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

/** A dialler to whom every name means one of these addresses, in turn. */
const meaning = (addresses: readonly string[], options: DiallerOptions = {}) => {
  const asked: string[] = [];
  const dialler = new Dialler({
    ...options,
    resolve: (host) => {
      asked.push(host);
      const address = addresses[(asked.length - 1) % addresses.length] ?? "";
      return Promise.resolve([{ address, family: address.includes(":") ? 6 : 4 }]);
    },
  });
  return { dialler, asked };
};

const answerOk = () => serve((_request, response) => void response.end("ok"));

describe("a dialler", () => {
  it.each(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "localhost"])(
    "does not open %s, over HTTP or HTTPS",
    async (host) => {
      await using server = await answerOk();
      const dialler = new Dialler();
      for (const scheme of ["http", "https"]) {
        await expect(ask(`${scheme}://${host}:${server.port}/`, dialler)).rejects.toMatchObject({
          name: "DialError",
          code: "private-address",
        });
      }
      expect(server.requests).toEqual([]);
      expect(server.sockets.size).toBe(0);
    },
  );

  it("does not open a name that leads to a private address, and does not tell which", async () => {
    await using server = await answerOk();
    const { dialler } = meaning(["127.0.0.1"]);
    const error = await ask(`http://music.example:${server.port}/`, dialler).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "private-address" });
    expect(String(error)).toContain("music.example");
    expect(String(error)).not.toContain("127.0.0.1");
    expect(server.requests).toEqual([]);
  });

  it("checks the address that it connects to, when a name changes its meaning in between", async () => {
    await using server = await answerOk();
    // Public when somebody looks first, private afterwards.
    const { dialler, asked } = meaning(["203.0.114.1", "127.0.0.1"]);
    await dialler.resolveUdp("rebinding.example");
    await expect(ask(`http://rebinding.example:${server.port}/`, dialler)).rejects.toMatchObject({
      code: "private-address",
    });
    expect(asked).toEqual(["rebinding.example", "rebinding.example"]);
    expect(server.requests).toEqual([]);
  });

  it("connects to the very address that was found, asking once a connection", async () => {
    await using server = await answerOk();
    const { dialler, asked } = meaning(["127.0.0.1"], { allowPrivateAddresses: true });
    expect(await ask(`http://any.example:${server.port}/`, dialler)).toBe(200);
    expect(asked).toEqual(["any.example"]);
    expect(server.requests[0]?.headers.host).toBe(`any.example:${server.port}`);
  });

  it("leaves out the private ones of several addresses", async () => {
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

  it("opens this machine's public addresses to nobody", async () => {
    const ownAddresses = () => ["8.8.4.4", "2a00:1450::1"];
    expect(new Dialler({ ownAddresses }).checkAddress("8.8.4.4")).toBe(false);
    expect(new Dialler({ ownAddresses }).checkAddress("2a00:1450:0::1")).toBe(false);
    expect(new Dialler({ ownAddresses }).checkAddress("8.8.8.8")).toBe(true);
    expect(new Dialler({ ownAddresses, allowPrivateAddresses: true }).checkAddress("8.8.4.4")).toBe(true);
    await expect(new Dialler({ ownAddresses }).resolveUdp("8.8.4.4")).rejects.toMatchObject({
      code: "private-address",
    });
  });

  it("refuses plain connections and datagrams in the same way", async () => {
    await using server = await answerOk();
    const dialler = new Dialler();
    for (const host of ["127.0.0.1", "::1", "localhost"]) {
      const socket = dialler.connect(host, server.port);
      const [error] = await once(socket, "error");
      expect(error).toMatchObject({ code: "private-address" });
      await expect(dialler.resolveUdp(host)).rejects.toMatchObject({ code: "private-address" });
    }
    const socket = new Dialler({ allowPrivateAddresses: true }).connect("127.0.0.1", server.port);
    await once(socket, "connect");
    socket.destroy();
  });

  it("says when a name leads nowhere", async () => {
    const dialler = new Dialler({ resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    await expect(ask("http://nowhere.example/", dialler)).rejects.toMatchObject({ code: "unknown-host" });
    await expect(dialler.resolveUdp("nowhere.example")).rejects.toMatchObject({ code: "unknown-host" });
  });
});
