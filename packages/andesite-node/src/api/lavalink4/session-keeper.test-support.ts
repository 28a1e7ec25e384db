import { copyFile, rm } from "node:fs/promises";
import { silentLogger } from "@asterite/util";
import { SessionKeeper } from "./session-keeper.ts";

/** Returns what a file, which a node may have locked, keeps of the players of a session. */
export async function readKeptPlayers(file: string, sessionId: string): Promise<readonly unknown[]> {
  const copy = `${file}.copy`;
  await copyFile(file, copy);
  const keeper = await SessionKeeper.open(copy, silentLogger);
  keeper.release();
  await Promise.all([copy, `${copy}.lock`].map((each) => rm(each)));
  return keeper.take(sessionId)?.players ?? [];
}
