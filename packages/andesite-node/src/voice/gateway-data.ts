// Parses voice gateway messages into types. Invalid messages end the connection.

import { chooseMode, type EncryptionMode } from "./transport-cipher.ts";
import { VoiceError, VoiceErrorCode } from "./voice-error.ts";

/** Unvalidated data of a gateway message. */
export type GatewayData = Readonly<Record<string, unknown>>;

const maxPort = 65_535;
const max16 = 2 ** 16 - 1;
const max32 = 2 ** 32 - 1;
const keyBytes = 32;
/** Decimal digits of an unsigned 64-bit integer. */
const snowflake = /^\d{1,20}$/;

/** Data of READY, the response to IDENTIFY. */
export interface ReadyData {
  /** UDP host of the voice server, not checked yet against private addresses. */
  readonly host: string;
  readonly port: number;
  readonly ssrc: number;
  readonly mode: EncryptionMode;
}

/** Parses READY. */
export function readReady(data: GatewayData): ReadyData {
  const { ip, modes } = data;
  const mode = chooseMode(Array.isArray(modes) ? modes : []);
  if (!mode) {
    throw new VoiceError(VoiceErrorCode.unknownMode, "The voice server offers no supported encryption mode");
  }
  const port = readNumber(data, "port", maxPort);
  if (typeof ip !== "string" || ip === "" || port === 0) throw invalidField("address");
  return { host: ip, port, ssrc: readNumber(data, "ssrc", max32), mode };
}

/** Encryption parameters of the session. */
export interface SessionDescription {
  readonly key: Uint8Array;
  /** DAVE protocol version; 0 for no end-to-end encryption. */
  readonly daveVersion: number;
}

/** Parses SESSION_DESCRIPTION, which must confirm the chosen mode. */
export function readSessionDescription(data: GatewayData, chosen: EncryptionMode): SessionDescription {
  const { mode, secret_key: key, dave_protocol_version: version } = data;
  if (mode !== chosen || !Array.isArray(key) || key.length !== keyBytes || !key.every(isByte)) {
    throw new VoiceError(VoiceErrorCode.unknownMode, "The voice server sent an invalid encryption key");
  }
  return {
    key: Uint8Array.from(key),
    daveVersion: version === undefined ? 0 : readNumber(data, "dave_protocol_version", max16),
  };
}

/** Parses CLIENTS_CONNECT: returns the ids of users who joined, without invalid ones. */
export const readJoinedUsers = ({ user_ids: ids }: GatewayData): readonly string[] =>
  Array.isArray(ids) ? ids.filter(isSnowflake) : [];

/** Parses CLIENT_DISCONNECT: returns the id of the user who left; undefined if it is invalid. */
export const readLeftUser = ({ user_id: id }: GatewayData): string | undefined =>
  isSnowflake(id) ? id : undefined;

/** Parses a transition id. */
export const readTransition = (data: GatewayData): number => readNumber(data, "transition_id", max16);

/** Parses a DAVE protocol version. */
export const readVersion = (data: GatewayData): number => readNumber(data, "protocol_version", max16);

/** Parses an epoch number. */
export const readEpoch = (data: GatewayData): number => readNumber(data, "epoch", Number.MAX_SAFE_INTEGER);

function readNumber(data: GatewayData, name: string, max: number): number {
  const value = data[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw invalidField(name);
}

const invalidField = (name: string): VoiceError =>
  new VoiceError(VoiceErrorCode.protocolError, `The voice server sent an invalid ${name}`);

const isByte = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xff;

const isSnowflake = (value: unknown): value is string => typeof value === "string" && snowflake.test(value);
