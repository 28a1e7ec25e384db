import { FakeClock, settled } from "@asterite/testkit";
import { describe, expect, it, vi } from "vitest";
import type { Autoplay } from "./autoplay.ts";
import { ListenerError } from "./index.ts";
import { ann, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, startNode } from "./queue-player.test-support.ts";

const entry = (name: string) => ({ track: track(name), requester: ann });

/** Plays "a" to its end with an autoplay function. */
async function playToEnd(autoplay: Autoplay, options: object = {}) {
  const node = await startNode();
  const { player, log } = makePlayer(connect(node), { autoplay, ...options });
  const errors: unknown[] = [];
  player.on(ListenerError, ({ error }) => errors.push(error));
  player.add([track("a")], ann);
  await expect.poll(() => log).toEqual(["start a"]);
  node.endTrack(guild);
  return { node, player, log, errors };
}

describe("autoplay", () => {
  it("continues with the entries that follow the last one", async () => {
    const autoplay = vi.fn<Autoplay>(({ track: { title }, id }) =>
      Promise.resolve(id < 3 ? [{ ...entry(`${title}+`), userData: { auto: true } }] : []),
    );
    const { node, log, player } = await playToEnd(autoplay);
    await expect.poll(() => log.at(-1)).toBe("start a+");
    expect(player.queue.current?.userData).toEqual({ auto: true });
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start a++");
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("idle");
    expect(log).toEqual([
      "start a",
      "finished a",
      "start a+",
      "skipped a+",
      "start a++",
      "finished a++",
      "idle",
    ]);
    expect(autoplay).toHaveBeenCalledTimes(3);
  });

  it("reports an error of the function with its stack, and becomes idle", async () => {
    const failure = new Error("no recommendations");
    const { log, errors } = await playToEnd(() => Promise.reject(failure));
    await expect.poll(() => log.at(-1)).toBe("idle");
    await expect.poll(() => errors).toEqual([failure]);
  });

  it("reports entries that cannot be added", async () => {
    const { log, errors } = await playToEnd(() => [{ ...entry("x"), track: {} as never }]);
    await expect.poll(() => log.at(-1)).toBe("idle");
    await expect.poll(() => errors.map(String)).toEqual([expect.stringContaining("tracks.0.track")]);
  });

  it("gives up after its time limit, and aborts the signal", async () => {
    const clock = new FakeClock();
    let given: AbortSignal | undefined;
    const never: Autoplay = (_last, signal) => {
      given = signal;
      return new Promise(() => {});
    };
    const { log, errors } = await playToEnd(never, { clock, autoplayTimeoutMs: 500 });
    await expect.poll(() => given).toBeDefined();
    await clock.advance(499);
    expect(log).not.toContain("idle");
    await clock.advance(1);
    await expect.poll(() => log.at(-1)).toBe("idle");
    expect(given?.aborted).toBe(true);
    await expect
      .poll(() => errors.map(String))
      .toEqual(["TimeoutError: autoplay did not return within 500 ms"]);
  });

  it("discards the result when a user adds a track before", async () => {
    const result = Promise.withResolvers<ReturnType<typeof entry>[]>();
    let given: AbortSignal | undefined;
    const { player, log, errors } = await playToEnd((_last, signal) => {
      given = signal;
      return result.promise;
    });
    await expect.poll(() => given).toBeDefined();
    player.add([track("b")], ann);
    result.resolve([entry("late")]);
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(await settled(() => player.queue.upcoming.length)).toBe(0);
    expect([given?.aborted, log.includes("idle"), errors]).toEqual([true, false, []]);
  });

  it.each(["stop", "close"] as const)("discards the result after %s", async (method) => {
    const result = Promise.withResolvers<ReturnType<typeof entry>[]>();
    let given: AbortSignal | undefined;
    const { player, log, errors } = await playToEnd((_last, signal) => {
      given = signal;
      return result.promise;
    });
    await expect.poll(() => given).toBeDefined();
    void player[method]();
    result.resolve([entry("late")]);
    expect(await settled(() => player.queue.upcoming.length)).toBe(0);
    expect(player.queue.current).toBeNull();
    expect([given?.aborted, errors, log.at(-1)]).toEqual([
      true,
      [],
      method === "stop" ? "idle" : "finished a",
    ]);
  });

  it("is not called after stop, nor after too many failures", async () => {
    const node = await startNode();
    const autoplay = vi.fn<Autoplay>(() => [{ ...entry("bad"), track: track("bad", { track: "QAAA" }) }]);
    const { player, log } = makePlayer(connect(node), { autoplay, maxFailures: 3 });
    player.add([track("a")], ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.stop();
    expect([log.at(-1), autoplay.mock.calls.length]).toEqual(["idle", 0]);
    player.add([track("a")], ann);
    await expect.poll(() => log.at(-1)).toBe("start a");
    log.length = 0;
    player.skip();
    await expect.poll(() => log).toEqual(["skipped a", "failed bad", "failed bad", "failed bad", "idle"]);
    expect(autoplay).toHaveBeenCalledTimes(3);
  });

  it("can be turned off", async () => {
    const node = await startNode();
    const autoplay = vi.fn<Autoplay>(() => [entry("more")]);
    const { player, log } = makePlayer(connect(node), { autoplay });
    player.autoplay = undefined;
    player.add([track("a")], ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.skip();
    expect([log.at(-1), autoplay.mock.calls.length]).toEqual(["idle", 0]);
  });
});
