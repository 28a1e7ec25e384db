import { type MediaStream, openHls, openMedia, openPart } from "@asterite/audio/media";
import { defaultByteLimits } from "../bytes/byte-limits.ts";
import type { ByteSettings } from "../bytes/byte-settings.ts";
import type { Dialler } from "../bytes/dialler.ts";
import { createHlsFetch } from "../bytes/hls-fetch.ts";
import { HttpStatusError } from "../bytes/http-errors.ts";
import type { HttpLocation } from "../bytes/http-source.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { openBytes } from "../bytes/open-bytes.ts";
import type { ReadAheadBudget } from "../bytes/read-ahead.ts";
import { SegmentMemory } from "../bytes/segment-memory.ts";
import type { SendReport, SerializedError, TrackKey } from "./messages.ts";
import { deserializeError, serializeError } from "./serialized-error.ts";

/** An opened track. */
export interface OpenedTrack {
  readonly media: MediaStream;
  /** Title that the station announced last in the audio read so far; null for none and for other tracks. */
  readonly title: string | null;
}

/**
 * Opens tracks in a worker thread. Requests the location of each from the main thread, which has the tracks.
 */
export class TrackOpener {
  readonly #settings: ByteSettings;
  readonly #dialler: Dialler;
  readonly #readAhead: ReadAheadBudget;
  readonly #report: SendReport;
  readonly #pending = new Map<number, PromiseWithResolvers<MediaLocation>>();
  #lastRequest = 0;

  constructor(settings: ByteSettings, dialler: Dialler, readAhead: ReadAheadBudget, report: SendReport) {
    this.#settings = settings;
    this.#dialler = dialler;
    this.#readAhead = readAhead;
    this.#report = report;
  }

  /** Number of location requests without a reply. */
  get pendingRequests(): number {
    return this.#pending.size;
  }

  /**
   * Opens a track.
   *
   * @param signal - Aborts the location request and everything that reads from the track.
   * @throws TrackError
   */
  async open(track: TrackKey, signal: AbortSignal): Promise<OpenedTrack> {
    const locate = (): Promise<MediaLocation> => this.#locate(track, signal);
    const location = await locate();
    if (location.type === "http" && location.isHls) {
      const media = await this.#openHls(track, location, locate, signal);
      return { media: openLocated(media, location), title: null };
    }
    const bytes = await openBytes(location, {
      ...this.#settings,
      dialler: this.#dialler,
      signal,
      relocate: locate,
      readAhead: this.#readAhead,
    });
    const media = openLocated(await openMedia(bytes), location);
    return {
      media,
      get title() {
        return bytes.type === "live" ? bytes.title : null;
      },
    };
  }

  async #openHls(
    track: TrackKey,
    location: HttpLocation,
    locate: () => Promise<MediaLocation>,
    signal: AbortSignal,
  ): Promise<MediaStream> {
    const limits = { ...defaultByteLimits, ...this.#settings.limits };
    let fetch = createHlsFetch(location, this.#dialler, this.#settings);
    return await openHls(location.url, {
      fetch: (request, aborted) => fetch(request, aborted),
      signal,
      memory: new SegmentMemory(this.#readAhead, limits),
      onLoss: (error, seconds) =>
        this.#report({ ...track, type: "segments-lost", error: serializeError(error), seconds }),
      relocate: async (error) => {
        if (!(error instanceof HttpStatusError && error.isPossiblyExpired)) return undefined;
        const moved = await locate();
        if (moved.type !== "http") return undefined;
        fetch = createHlsFetch(moved, this.#dialler, this.#settings);
        return moved.url;
      },
    });
  }

  /** Resolves a location request. Ignored if its track was removed. */
  resolve(request: number, location: MediaLocation): void {
    this.#remove(request)?.resolve(location);
  }

  /** Rejects a location request. */
  reject(request: number, error: SerializedError): void {
    this.#remove(request)?.reject(deserializeError(error));
  }

  #locate(track: TrackKey, signal: AbortSignal): Promise<MediaLocation> {
    signal.throwIfAborted();
    const request = ++this.#lastRequest;
    const pending = Promise.withResolvers<MediaLocation>();
    this.#pending.set(request, pending);
    // The main thread does not reply for a player that it has removed.
    const abort = (): void => this.#remove(request)?.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#report({ ...track, type: "locate", request });
    return pending.promise.finally(() => signal.removeEventListener("abort", abort));
  }

  #remove(request: number): PromiseWithResolvers<MediaLocation> | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    return pending;
  }
}

const openLocated = (media: MediaStream, { part }: MediaLocation): MediaStream =>
  part ? openPart(media, part) : media;
