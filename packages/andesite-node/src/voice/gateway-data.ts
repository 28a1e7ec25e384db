// Reads what the voice gateway says, once, into types; whatever makes no sense ends the connection.

import { chooseMode, type EncryptionMode } from "./transport-cipher.ts";
import { VoiceError, VoiceErrorCode } from "./voice-error.ts";

/** A body of a message, not looked at yet. */
export type GatewayData = Readonly<Record<string, unknown>>;

const maxPort = 65_535;
const max16 = 2 ** 16 - 1;
const max32 = 2 ** 32 - 1;
const keyBytes = 32;
/** Digits of an unsigned number of 64 bits. */
const snowflake = /^\d{1,20}$/;

/** What the gateway tells after it has been told who comes. */
export interface ReadyData {
  /** Where packets go; not checked yet whether that may be. */
  readonly host: string;
  readonly port: number;
  readonly ssrc: number;
  readonly mode: EncryptionMode;
}

/** Reads READY. */
export function readReady(data: GatewayData): ReadyData {
  const { ip, modes } = data;
  const mode = chooseMode(Array.isArray(modes) ? modes : []);
  if (!mode) {
    throw new VoiceError(
      VoiceErrorCode.unknownMode,
      "The voice server offers no encryption that is known here",
    );
  }
  const port = readNumber(data, "port", maxPort);
  if (typeof ip !== "string" || ip === "" || port === 0) throw invalidField("address");
  return { host: ip, port, ssrc: readNumber(data, "ssrc", max32), mode };
}

/** What audio is encrypted with. */
export interface SessionDescription {
  readonly key: Uint8Array;
  /** Version of the end-to-end encryption; 0 for none. */
  readonly daveVersion: number;
}

/** Reads SESSION_DESCRIPTION, which has to stay with the mode that was chosen. */
export function readSessionDescription(data: GatewayData, chosen: EncryptionMode): SessionDescription {
  const { mode, secret_key: key, dave_protocol_version: version } = data;
  if (mode !== chosen || !Array.isArray(key) || key.length !== keyBytes || !key.every(isByte)) {
    throw new VoiceError(VoiceErrorCode.unknownMode, "The voice server sent no usable key");
  }
  return {
    key: Uint8Array.from(key),
    daveVersion: version === undefined ? 0 : readNumber(data, "dave_protocol_version", max16),
  };
}

/** Reads CLIENTS_CONNECT: ids of those who joined; what is no id is left out. */
export const readJoinedUsers = ({ user_ids: ids }: GatewayData): readonly string[] =>
  Array.isArray(ids) ? ids.filter(isSnowflake) : [];

/** Reads CLIENT_DISCONNECT: the id of who left; null where it is none. */
export const readLeftUser = ({ user_id: id }: GatewayData): string | null => (isSnowflake(id) ? id : null);

/** Reads the number of a transition. */
export const readTransition = (data: GatewayData): number => readNumber(data, "transition_id", max16);

/** Reads a version of the end-to-end encryption. */
export const readVersion = (data: GatewayData): number => readNumber(data, "protocol_version", max16);

/** Reads the number of an epoch. */
export const readEpoch = (data: GatewayData): number => readNumber(data, "epoch", Number.MAX_SAFE_INTEGER);

function readNumber(data: GatewayData, name: string, max: number): number {
  const value = data[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw invalidField(name);
}

const invalidField = (name: string): VoiceError =>
  new VoiceError(VoiceErrorCode.protocolError, `The voice server sent no usable ${name}`);

const isByte = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xff;

const isSnowflake = (value: unknown): value is string => typeof value === "string" && snowflake.test(value);
