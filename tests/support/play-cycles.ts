import { join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { expect } from "vitest";

const headers = { "User-Id": "1" };
/** Number of guilds that the cycles rotate through. */
const guilds = 20;

/** Fetches the metrics of a node that have no labels, by name. */
async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text.split("\n").flatMap((line) => {
      const [name, value] = line.split(" ");
      return name && value && !name.startsWith("#") ? [[name, Number(value)] as const] : [];
    }),
  );
}

/**
 * Plays and stops tracks of all formats, with players created and destroyed, and checks that nothing leaks.
 */
export async function playAndStop(cycles: number): Promise<void> {
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    metrics: { enabled: true },
    loading: { sources: { local: true }, musicFolders: [mediaFolder] },
  });
  const url = `http://127.0.0.1:${node.port}`;
  const send = async (path: string, method: string, body?: object): Promise<void> => {
    const init = body ? { method, headers, body: JSON.stringify(body) } : { method, headers };
    const response = await fetch(`${url}/player/${path}`, init);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  };
  try {
    const tracks = await Promise.all(
      mediaFiles.map(async (name) => {
        const identifier = encodeURIComponent(`raw:${join(mediaFolder, name)}`);
        const loaded = await (await fetch(`${url}/loadtracks?identifier=${identifier}`)).json();
        return (loaded as { tracks: { track: string }[] }).tracks[0]?.track ?? "";
      }),
    );
    const runCycles = async (from: number, to: number): Promise<void> => {
      for (let cycle = from; cycle < to; cycle += guilds) {
        const numbers = Array.from({ length: Math.min(guilds, to - cycle) }, (_, index) => cycle + index);
        await Promise.all(
          numbers.map(async (number) => {
            const guild = String(1 + (number % guilds));
            await send(`${guild}/play`, "POST", { track: tracks[number % tracks.length], radio: true });
            if (number % 3 === 0) await send(`${guild}/stop`, "POST");
            if (number % 7 === 0) await send(guild, "DELETE");
          }),
        );
      }
    };
    // Warm up, so that what is loaded once does not count as a leak.
    await runCycles(0, cycles / 4);
    const before = await metricsOf(url);
    await runCycles(cycles / 4, cycles);
    for (let guild = 1; guild <= guilds; guild++) {
      await fetch(`${url}/player/${guild}`, { method: "DELETE", headers });
    }
    const after = await metricsOf(url);
    expect(after.get("andesite_players")).toBe(0);
    expect(after.get("andesite_listeners")).toBe(0);
    const grownMiB =
      ((after.get("process_resident_memory_bytes") ?? 0) -
        (before.get("process_resident_memory_bytes") ?? 0)) /
      2 ** 20;
    expect(grownMiB).toBeLessThan(150);
    const descriptors = "process_open_fds";
    expect(after.get(descriptors) ?? 0).toBeLessThan((before.get(descriptors) ?? 0) + 40);
  } finally {
    await node.close();
  }
}
