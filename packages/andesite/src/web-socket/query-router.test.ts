import { Observable } from "@asterite/observable";
import { expect, it } from "vitest";
import { PlayerUpdate, PongResponse, StatsUpdate } from "../events/receive-operation.ts";
import type { AbstractWebSocket } from "./abstract-web-socket.ts";
import { QueryRouter } from "./query-router.ts";

const stats = () => StatsUpdate.fromRaw({ op: "stats", stats: {} });
const pong = (asteriteQuery: number, guildId: string) => PongResponse.fromRaw({ guildId, asteriteQuery });
const update = (guildId: string, position: number) =>
  PlayerUpdate.fromRaw({ guildId, state: { position, paused: false } });

/** Opens queries, and counts how often an operation is offered to one of them. */
function openQueries(type: typeof StatsUpdate | typeof PlayerUpdate, guildIds: readonly string[]) {
  const eventTarget = new Observable();
  const client = { eventTarget } as unknown as AbstractWebSocket;
  const router = QueryRouter.of(client);
  const counter = { offers: 0 };
  const isFromOther = () => {
    counter.offers++;
    return false;
  };
  const open = (guildId: string, number: number) =>
    router.wait({ number, guildId, type, isFromOther, isLost: () => false });
  return { eventTarget, counter, waits: guildIds.map(open) };
}

it("offers each reply to one query, however many wait", async () => {
  const count = 500;
  const guildIds = Array.from({ length: count }, (_, index) => String(index % 7));
  const { eventTarget, counter, waits } = openQueries(StatsUpdate, guildIds);
  for (const [number, guildId] of guildIds.entries()) {
    await eventTarget.emit(stats());
    await eventTarget.emit(pong(number, guildId));
  }
  const replies = await Promise.all(waits.map(({ reply }) => reply));
  expect(replies.every((reply) => reply instanceof StatsUpdate)).toBe(true);
  expect(counter.offers).toBe(count);
});

it("replies with the newest operation before the pong, and with the next one if there is none", async () => {
  const { eventTarget, waits } = openQueries(PlayerUpdate, ["1", "1", "2"]);
  await eventTarget.emit(update("2", 1));
  await eventTarget.emit(update("1", 2));
  await eventTarget.emit(update("1", 3));
  await eventTarget.emit(pong(0, "1"));
  await eventTarget.emit(pong(1, "2"));
  await eventTarget.emit(update("1", 4));
  await eventTarget.emit(pong(1, "1"));
  await eventTarget.emit(pong(2, "2"));
  const positions = await Promise.all(
    waits.map(async ({ reply }) => ((await reply) as PlayerUpdate).state?.position),
  );
  // The pong of another guild answers no query.
  expect(positions).toEqual([0.003, 0.004, 0.001]);
});

it("takes no operation from before the query, but one that follows the pong", async () => {
  const { eventTarget, waits } = openQueries(PlayerUpdate, ["1"]);
  await eventTarget.emit(update("1", 1));
  const router = QueryRouter.of({ eventTarget } as unknown as AbstractWebSocket);
  using late = router.wait({
    number: 7,
    guildId: "1",
    type: PlayerUpdate,
    isFromOther: () => false,
    isLost: () => false,
  });
  await eventTarget.emit(pong(7, "1"));
  await eventTarget.emit(update("2", 2));
  await eventTarget.emit(update("1", 3));
  expect(((await late.reply) as PlayerUpdate).state?.position).toBe(0.003);
  waits[0]?.[Symbol.dispose]();
});
