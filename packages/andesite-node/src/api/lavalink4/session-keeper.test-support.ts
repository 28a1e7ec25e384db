import { silentLogger } from "@asterite/util";
import { SessionKeeper } from "./session-keeper.ts";

/** Returns what a file keeps of the players of a session. */
export async function readKeptPlayers(file: string, sessionId: string): Promise<readonly unknown[]> {
  return (await SessionKeeper.read(file, silentLogger)).take(sessionId)?.players ?? [];
}
