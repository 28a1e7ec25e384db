import type { IncomingMessage } from "node:http";
import { errorMessages } from "@asterite/andesite-protocol";
import { HttpError } from "./http-error.ts";

/** Of a body that is too large this many times the limit is read and dropped, so that the answer arrives. */
const discardFactor = 16;

/**
 * Reads a body.
 *
 * @throws RefusedRequest with status 413 where it is too large; 400 where the client left in the middle.
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
 * The JSON that a body holds.
 *
 * @throws RefusedRequest with status 400.
 */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new HttpError(400, errorMessages.bodyNotJson);
  }
}

/**
 * The JSON object that a body holds.
 *
 * @throws RefusedRequest with status 400.
 */
export function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parseJson(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, errorMessages.bodyNotObject);
  }
  return value as Record<string, unknown>;
}
