/** An audio node as the tests of the music bot control it, scripted or real. */
export interface AudioNode {
  /** Base address; no password. */
  readonly url: string;
  /** Names that a search finds: three tracks of three minutes. */
  readonly tracks: readonly [string, string, string];
  /** Returns the player of a bot in a guild as the node reports it over HTTP; null if there is none. */
  player(userId: string, guildId: string): Promise<PlayerJson | null>;
  /** Lets the current track reach its end. */
  finish(userId: string, guildId: string): Promise<void>;
  /** Ends as a killed process does. */
  kill(): Promise<void>;
  /** Starts again at the same address, without any state. */
  restart(): Promise<void>;
}

/** Fields of a player that tests read. */
interface PlayerJson {
  readonly position: number | null;
  readonly paused: boolean;
  readonly volume: number;
}

/** Requests a player from any node over HTTP; null if there is none. */
export async function playerOf(
  url: string,
  userId: string,
  guildId: string,
  password: string | null = null,
): Promise<PlayerJson | null> {
  const headers = { "User-Id": userId, ...(password !== null && { Authorization: password }) };
  const response = await fetch(new URL(`player/${guildId}`, url), { headers });
  if (response.status === 404) return null;
  return (await response.json()) as PlayerJson;
}
