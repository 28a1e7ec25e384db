import type { ByteSource } from "@asterite/audio/media";
import { contentTypeOf, parseContentLength, parseContentRange, refuseEncoding } from "./content-headers.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError, HttpStatusError } from "./http-errors.ts";
import type { HttpAnswer } from "./follow-redirects.ts";
import { HttpLiveBytes, icyRequest, isRadio } from "./http-live-bytes.ts";
import { HttpRandomBytes } from "./http-random-bytes.ts";
import { type HttpContext, type HttpLocation, HttpSource } from "./http-source.ts";
import { MemoryBytes } from "./memory-bytes.ts";

/**
 * Opens what an address of the web leads to.
 *
 * @throws HttpStatusError for a status that is no success; TrackError.
 */
export async function openHttp(
  location: HttpLocation,
  context: HttpContext,
  signal: AbortSignal,
): Promise<ByteSource> {
  const source = new HttpSource(location, context);
  try {
    const answer = await source.ask({ ...icyRequest, range: "bytes=0-" }, signal);
    const abort = (): void => void answer.response.destroy();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await choose(source, answer);
    } catch (error) {
      answer.response.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  } catch (error) {
    source.close();
    signal.throwIfAborted();
    throw error;
  }
}

async function choose(source: HttpSource, answer: HttpAnswer): Promise<ByteSource> {
  const { statusCode, headers } = answer.response;
  const contentType = contentTypeOf(headers);
  if (statusCode === 416) {
    // Nothing begins at byte 0 of an empty file.
    answer.response.destroy();
    if (!/\/0\s*$/.test(headers["content-range"] ?? "")) throw new HttpStatusError(416);
    return new MemoryBytes(new Uint8Array(), contentType);
  }
  refuseEncoding(headers);
  if (isRadio(answer)) return new HttpLiveBytes(source, answer);
  const range = statusCode === 206 ? parseContentRange(headers["content-range"]) : null;
  if (statusCode === 206 && range?.start !== 0) {
    throw new ConnectionError("The server sends another part of the file than was asked for.");
  }
  if (range?.size) return new HttpRandomBytes(source, answer, { start: 0, end: range.end, size: range.size });
  const length = statusCode === 200 ? parseContentLength(headers["content-length"]) : null;
  // Some caches answer the first request for a range with everything and later ones with what was asked for.
  if (length && /\bbytes\b/i.test(headers["accept-ranges"] ?? "")) {
    return new HttpRandomBytes(source, answer, { start: 0, end: length, size: length });
  }
  if (length !== null && length <= source.limits.bufferedBytes) {
    return new MemoryBytes(await readWhole(source, answer, length), contentType);
  }
  return new HttpLiveBytes(source, answer);
}

async function readWhole(source: HttpSource, answer: HttpAnswer, length: number): Promise<Uint8Array> {
  const body = new HttpBody(answer.response, 0, source.limits.stallMs);
  const whole = new Uint8Array(length);
  while (body.position < length) {
    const place = body.position;
    const part = await body.take(length - place);
    if (part === undefined) throw new ConnectionError("The server ended in the middle of the file.");
    whole.set(part, place);
  }
  body.close();
  return whole;
}
