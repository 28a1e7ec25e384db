import { type HlsFetch, type HlsRequest, type HlsResponse, TrackError } from "@asterite/audio/media";
import { defaultByteLimits } from "./byte-limits.ts";
import type { ByteSettings } from "./byte-settings.ts";
import { parseContentLength, parseContentRange, rejectCompression } from "./content-headers.ts";
import { CookieJar } from "./cookie-jar.ts";
import type { Dialler } from "./dialler.ts";
import { withoutCredentials } from "./follow-redirects.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError, HttpStatusError } from "./http-errors.ts";
import { type HttpLocation, HttpSource } from "./http-source.ts";

/**
 * Creates the function that fetches playlists, keys and segments of an HLS stream: by the checks and limits of all
 * requests, with cookies of their own. Headers with credentials are sent to the origin of the stream only.
 */
export function createHlsFetch(
  { url, headers }: HttpLocation,
  dialler: Dialler,
  settings: Pick<ByteSettings, "limits" | "userAgent">,
): HlsFetch {
  const { userAgent } = settings;
  const limits = { ...defaultByteLimits, ...settings.limits };
  const cookies = new CookieJar();
  const { origin } = new URL(url);
  return async (request, signal) => {
    const isOwn = URL.parse(request.url)?.origin === origin;
    const location = {
      type: "http",
      url: request.url,
      headers: isOwn ? headers : withoutCredentials(headers),
    } as const;
    const source = new HttpSource(location, {
      dialler,
      limits,
      userAgent,
      relocate: null,
      readAhead: null,
      cookies,
    });
    // A composed signal would stay in memory until the time is over, and so long after the response.
    const either = new AbortController();
    const abort = (): void => either.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      either.abort();
    }, request.timeoutMs);
    const close = (): void => source.close();
    either.signal.addEventListener("abort", close, { once: true });
    try {
      return await fetchRetrying(source, request, either.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isLate) throw error;
      throw new TrackError("The server sent a part of the HLS stream too slowly.", "SUSPICIOUS", {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      close();
    }
  };
}

async function fetchRetrying(
  source: HttpSource,
  request: HlsRequest,
  signal: AbortSignal,
): Promise<HlsResponse> {
  for (let failures = 1; ; failures++) {
    try {
      return await fetchOnce(source, request, signal);
    } catch (error) {
      signal.throwIfAborted();
      await source.prepareRetry(error, failures);
    }
  }
}

async function fetchOnce(
  source: HttpSource,
  { range, maxBytes }: HlsRequest,
  signal: AbortSignal,
): Promise<HlsResponse> {
  const asked = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {};
  const { url, response } = await source.request(asked, signal);
  const { statusCode, headers } = response;
  const sent = statusCode === 206 ? parseContentRange(headers["content-range"]) : null;
  const body = new HttpBody(response, sent?.start ?? 0, source.limits.stallMs);
  const close = (): void => body.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    if (statusCode === 416) throw new HttpStatusError(416);
    rejectCompression(headers);
    if (sent && sent.start !== (range?.start ?? 0))
      throw new TrackError("The server sent a different part of the file than requested.", "SUSPICIOUS");
    if (!range && (parseContentLength(headers["content-length"]) ?? 0) > maxBytes) throw tooLarge();
    const bytes = await readBody(body, range?.start ?? 0, range?.end, maxBytes);
    return { bytes, url: url.href };
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** Reads a body from a position on. A server without ranges sends what is before it as well. */
async function readBody(
  body: HttpBody,
  start: number,
  end: number | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  while (body.position < start && (await body.read(start - body.position)));
  const parts: Uint8Array[] = [];
  while (end === undefined || body.position < end) {
    const part = await body.read(end === undefined ? undefined : end - body.position);
    if (!part) break;
    parts.push(part);
    if (body.position - start > maxBytes) throw tooLarge();
  }
  if (end !== undefined && body.position < end)
    throw new ConnectionError("The server closed the connection in the middle of the file.");
  return Buffer.concat(parts);
}

const tooLarge = (): TrackError => new TrackError("A part of the HLS stream is too large.", "COMMON");
