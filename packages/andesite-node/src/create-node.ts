import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Logger } from "@asterite/util";
import { reportError } from "./api/error-report.ts";
import { ThreadCounter } from "./api/stats/thread-counter.ts";
import { ArtworkService } from "./artwork/artwork-service.ts";
import { systemClock } from "./clock.ts";
import { Engine } from "./engine/engine.ts";
import { engineMetrics } from "./engine/engine-metrics.ts";
import { NodeError } from "./errors.ts";
import { createLoader } from "./loading/create-loader.ts";
import { toLoadResult } from "./loading/load-result.ts";
import { toTrackInfo } from "./loading/track-info.ts";
import { type AndesiteNode, type NodeParts, startNode } from "./node.ts";
import type { AndesiteNodeOptions, NodeSettings } from "./options.ts";
import { PlayerMap } from "./players/player-map.ts";
import { requireOpus } from "./require-opus.ts";
import { ListenService } from "./streaming/stream-service.ts";

/** What the original node does, too often to ask anybody (section 9.7 and 11.1 of the protocol). */
const times = { updateIntervalMs: 5_000, cleanupIntervalMs: 30_000, cleanupAfterMs: 60_000 } as const;

/**
 * Starts an audio node; it accepts connections when this resolves.
 *
 * @throws NodeError `bad-option` or `cannot-listen`.
 */
export const createNode = (options: AndesiteNodeOptions = {}): Promise<AndesiteNode> =>
  startNode(options, makeParts);

async function makeParts(settings: NodeSettings, logger: Logger): Promise<NodeParts> {
  const { loading, playing, listening: listenOptions, artwork: artworkOptions, voice } = settings;
  const { allowPrivateAddresses, userAgent, byteLimits } = loading;
  // A library that is missing is better told now than with the first track.
  await requireOpus();
  const threads = new ThreadCounter();
  const engine = new Engine(
    {
      opus: { bitrate: playing.bitrate, complexity: playing.complexity },
      stuckThresholdMs: playing.stuckThresholdMs,
      bytes: { allowPrivateAddresses, userAgent, limits: byteLimits },
      voice,
      voiceAuthority: await readAuthority(voice.certificateAuthority),
    },
    playing.threads ?? availableParallelism(),
    logger,
  );
  const { beam: _nothing, ...sources } = loading.sources;
  const loader = createLoader({
    sources,
    musicFolders: loading.musicFolders.map((folder) => resolve(folder)),
    dataFolder: loading.dataFolder === null ? null : resolve(loading.dataFolder),
    ytDlp: loading.ytDlp,
    autoSearch: loading.autoSearch ? loading.autoSearchPrefix : null,
    allowPrivateAddresses,
    userAgent,
    maxPlaylistPages: loading.maxPlaylistPages,
    limits: { ...loading.limits, artworkBytes: artworkOptions.maxBytes },
    byteLimits,
    logger,
  });
  const artwork = new ArtworkService((file, signal) => loader.picture(file, signal), artworkOptions, logger);
  const players = new PlayerMap({
    engine,
    loader,
    clock: systemClock,
    times: { ...times, stuckThresholdMs: playing.stuckThresholdMs },
    maxPlayersPerUser: playing.maxPlayersPerUser,
    describeError: (error) => reportError(error, "short"),
    onRemoved: (player) => listening.release(player),
    logger,
  });
  const listening = new ListenService((userId, guildId) => players.find(userId, guildId), listenOptions);
  return {
    players,
    loader,
    listening,
    artwork,
    tracks: {
      info: (track) => toTrackInfo(track),
      result: (loaded, extended) =>
        toLoadResult(loaded, {
          extended,
          toWireError: (error) => reportError(error, "long"),
          artworkUrl: (track) => artwork.url(track.info.identifier),
        }),
    },
    threads: () => threads.counts,
    metrics: engineMetrics(engine, listening),
    async close() {
      listening.close();
      await players.close();
      await loader.close();
      threads.close();
    },
  };
}

async function readAuthority(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new NodeError("bad-option", `Option voice.certificateAuthority: ${file} cannot be read`, { cause });
  }
}
