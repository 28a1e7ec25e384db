import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Logger } from "@asterite/util";
import type { AndesiteNode } from "./andesite-node.ts";
import { toErrorReport } from "./api/error-report.ts";
import { ThreadCounter } from "./api/stats/thread-counter.ts";
import { ArtworkService } from "./artwork/artwork-service.ts";
import { systemClock } from "./clock.ts";
import { Engine } from "./engine/engine.ts";
import { engineMetrics } from "./engine/engine-metrics.ts";
import { NodeError } from "./errors.ts";
import { LibraryService } from "./library/library-service.ts";
import { createLoader } from "./loading/create-loader.ts";
import { toLoadResult } from "./loading/load-result.ts";
import { toTrackInfo } from "./loading/track-info.ts";
import { type NodeServices, startNode } from "./node.ts";
import type { AndesiteNodeOptions, NodeSettings } from "./options.ts";
import type { UnusedPlayers } from "./players/player.ts";
import { PlayerCensus } from "./players/player-census.ts";
import { PlayerMap } from "./players/player-map.ts";
import { requireOpus } from "./require-opus.ts";
import { StreamService } from "./streaming/stream-service.ts";

/** Intervals of the original node (sections 9.7 and 11.1 of the protocol), which are not configurable. */
const playerTimes = { updateIntervalMs: 5_000, cleanupIntervalMs: 30_000, cleanupAfterMs: 60_000 } as const;

/**
 * Starts an audio node. Resolves when it accepts connections.
 *
 * @throws NodeError `INVALID_OPTION` or `CANNOT_LISTEN`.
 */
export const createNode = (options: AndesiteNodeOptions = {}): Promise<AndesiteNode> =>
  startNode(options, createServices);

async function createServices(settings: NodeSettings, logger: Logger): Promise<NodeServices> {
  const { loading, playing, streaming, artwork: artworkOptions, voice } = settings;
  const { allowPrivateAddresses, userAgent, byteLimits } = loading;
  // Fail at startup if libopus is missing, rather than at the first track.
  await requireOpus();
  const threads = new ThreadCounter();
  const engine = new Engine(
    {
      opus: { bitrate: playing.bitrate, complexity: playing.complexity },
      stuckThresholdMs: playing.stuckThresholdMs,
      bytes: { allowPrivateAddresses, userAgent, limits: byteLimits },
      voice,
      voiceAuthority: await readCertificateAuthority(voice.certificateAuthority),
    },
    playing.threads ?? availableParallelism(),
    logger,
  );
  const { beam: _beam, ...sources } = loading.sources;
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
  const artwork = new ArtworkService(
    (file, signal) => loader.readPicture(file, signal),
    artworkOptions,
    logger,
  );
  const census = new PlayerCensus(playing.maxPlayersPerUser);
  const createPlayers = (unused: UnusedPlayers): PlayerMap =>
    new PlayerMap({
      engine,
      loader,
      clock: systemClock,
      times: { ...playerTimes, stuckThresholdMs: playing.stuckThresholdMs },
      census,
      unused,
      describeError: (error) => toErrorReport(error, "short"),
      onRemoved: (player) => streams.closePlayer(player),
      logger,
    });
  const players = createPlayers("remove");
  const streams = new StreamService((userId, guildId) => players.find(userId, guildId), streaming);
  return {
    players,
    createSessionPlayers: () => createPlayers("end-track"),
    census,
    loader,
    streams,
    artwork,
    library: new LibraryService({
      loader,
      artworkPath: (path) => artwork.createPath(path),
      lifetimes: streaming,
      logger,
    }),
    trackSerializer: {
      serializeTrack: (track) => toTrackInfo(track),
      serializeLoadResult: (loaded, extended) =>
        toLoadResult(loaded, {
          extended,
          toWireError: (error) => toErrorReport(error, "long"),
          artworkUrl: (identifier) => artwork.createPath(identifier),
        }),
    },
    threadCounts: () => threads.counts,
    metrics: engineMetrics(engine, streams),
    async close() {
      streams.close();
      players.close();
      await engine.close();
      await loader.close();
      threads.close();
    },
  };
}

async function readCertificateAuthority(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new NodeError("INVALID_OPTION", `Option voice.certificateAuthority: cannot read ${file}`, {
      cause,
    });
  }
}
