import type { IncomingMessage } from "node:http";
import { errorMessages } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { HttpError } from "./http-error.ts";

/**
 * Multiple of the size limit up to which an oversized body is read and discarded, so that the client gets the
 * response instead of a connection reset.
 */
const discardFactor = 16;

/**
 * Reads the body of a request.
 *
 * @throws HttpError with status 413 if it is too large, and 400 if the client disconnected before its end.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const refuse = () => reject(new HttpError(413, errorMessages.bodyTooLarge));
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (size > maxBytes * discardFactor) refuse();
  });
  request.on("end", () => (size > maxBytes ? refuse() : resolve(Buffer.concat(chunks))));
  request.on("error", reject);
  request.on("close", () => reject(new HttpError(400, errorMessages.bodyNotJson)));
  return promise;
}

/**
 * Parses a JSON body.
 *
 * @throws HttpError with status 400.
 */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new HttpError(400, errorMessages.bodyNotJson);
  }
}

/**
 * Parses a body that must be a JSON object.
 *
 * @throws HttpError with status 400.
 */
export function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parseJson(body);
  if (!isRecord(value)) throw new HttpError(400, errorMessages.bodyNotObject);
  return value;
}
