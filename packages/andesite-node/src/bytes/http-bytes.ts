import type { ByteSource } from "@asterite/audio/media";
import {
  contentTypeOf,
  parseContentLength,
  parseContentRange,
  rejectCompression,
} from "./content-headers.ts";
import type { HttpResult } from "./follow-redirects.ts";
import { HttpBody } from "./http-body.ts";
import { ConnectionError } from "./http-errors.ts";
import { HttpLiveBytes, icyRequestHeaders, isRadio } from "./http-live-bytes.ts";
import { HttpRandomBytes } from "./http-random-bytes.ts";
import { type HttpLocation, HttpSource, type HttpSourceOptions } from "./http-source.ts";
import { MemoryBytes } from "./memory-bytes.ts";

/**
 * Opens an HTTP address: with random access if the server supports ranges or the file is small, as a stream
 * otherwise.
 *
 * @throws HttpStatusError for a status other than success; TrackError.
 */
export async function openHttp(
  location: HttpLocation,
  options: HttpSourceOptions,
  signal: AbortSignal,
): Promise<ByteSource> {
  const source = new HttpSource(location, options);
  try {
    const result = await source.requestFirst(icyRequestHeaders, signal);
    const abort = (): void => void result.response.destroy();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await selectSource(source, result, signal);
    } catch (error) {
      result.response.destroy();
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

async function selectSource(
  source: HttpSource,
  result: HttpResult,
  signal: AbortSignal,
): Promise<ByteSource> {
  const { statusCode, headers } = result.response;
  const contentType = contentTypeOf(headers);
  if (statusCode === 416) {
    result.response.destroy();
    return new MemoryBytes(new Uint8Array(), contentType);
  }
  rejectCompression(headers);
  if (isRadio(result)) return new HttpLiveBytes(source, result);
  const range = statusCode === 206 ? parseContentRange(headers["content-range"]) : null;
  if (statusCode === 206 && range?.start !== 0) {
    throw new ConnectionError("The server sent a different part of the file than requested.");
  }
  if (range?.size) return new HttpRandomBytes(source, result, { start: 0, end: range.end, size: range.size });
  const length = statusCode === 200 ? parseContentLength(headers["content-length"]) : null;
  // Some caches send the whole file for the first range request and ranges for later ones.
  if (length && /\bbytes\b/i.test(headers["accept-ranges"] ?? "")) {
    return new HttpRandomBytes(source, result, { start: 0, end: length, size: length });
  }
  if (length !== null && length <= source.limits.bufferedBytes) {
    return new MemoryBytes(await readWhole(source, result, length, signal), contentType);
  }
  return new HttpLiveBytes(source, result);
}

/** Reads a small file. A server that ends it early twice at the same byte announced a wrong length. */
async function readWhole(
  source: HttpSource,
  result: HttpResult,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const first = await readUpTo(source, result, length);
  if (first.length === length) return first;
  const second = await readUpTo(source, await source.request(icyRequestHeaders, signal), length);
  if (second.length < length && second.length !== first.length)
    throw new ConnectionError("The server closed the connection in the middle of the file.");
  return second;
}

/** Reads a body until its end or until the connection is lost. */
async function readUpTo(source: HttpSource, result: HttpResult, length: number): Promise<Uint8Array> {
  const body = new HttpBody(result.response, 0, source.limits.stallMs);
  const whole = new Uint8Array(length);
  try {
    while (body.position < length) {
      const offset = body.position;
      const part = await body.read(length - offset);
      if (part === undefined) break;
      whole.set(part, offset);
    }
  } catch (error) {
    if (source.isClosed || body.position === 0) throw error;
  } finally {
    body.close();
  }
  return whole.subarray(0, body.position);
}
