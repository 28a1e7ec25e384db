import { parseNetwork } from "@asterite/aster-server";
import { InvalidArgumentError } from "commander";

/** Three weeks, just below the longest possible timer. */
const maxIdleSeconds = 1_814_400;

/** Parses a time limit in seconds, or `off`. */
export const parseIdleSeconds = (given: string): number => {
  if (given === "off") return Number.POSITIVE_INFINITY;
  const value = Number(given);
  if (!Number.isFinite(value) || value < 1 || value > maxIdleSeconds) {
    throw new InvalidArgumentError(`Must be a number of seconds from 1 to ${maxIdleSeconds}, or off.`);
  }
  return value;
};

/** Parses a rate of requests, or `off`. */
export const parseRequestRate = (given: string): number => {
  if (given === "off") return Number.POSITIVE_INFINITY;
  const value = Number(given);
  if (!Number.isFinite(value) || value < 1) {
    throw new InvalidArgumentError("Must be a number of requests per second, at least 1, or off.");
  }
  return value;
};

/** Parses a number of objects, or `off`. */
export const parseCount = (given: string): number => {
  if (given === "off") return Number.POSITIVE_INFINITY;
  const value = Number(given);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("Must be an integer of at least 1, or off.");
  }
  return value;
};

/** Parses networks separated by commas, which are added to those of earlier flags. */
export const parseNetworks = (given: string, previous: readonly string[] = []): readonly string[] => {
  const networks = given.split(",").map((network) => network.trim());
  if (!networks.every((network) => parseNetwork(network))) {
    throw new InvalidArgumentError("Must be IPv4 or IPv6 addresses or networks, such as 10.0.0.0/8.");
  }
  return [...previous, ...networks];
};

/** Parses the minimum length of a password. */
export const parsePasswordLength = (given: string): number => {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > 128) {
    throw new InvalidArgumentError("Must be an integer from 1 to 128.");
  }
  return value;
};

/** Parses the URL of an HTTP server. */
export const parseHttpUrl = (given: string): string => {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new InvalidArgumentError("Must be a URL that starts with http:// or https://.");
  }
  return given;
};

/** Parses a protocol version. */
export const parseVersion = (given: string): readonly [number, number, number] => {
  const [major, minor, patch, ...more] = given.split(".").map(Number);
  const isByte = (part: number | undefined): part is number =>
    part !== undefined && Number.isInteger(part) && part >= 0 && part <= 255;
  if (!isByte(major) || !isByte(minor) || !isByte(patch) || more.length > 0) {
    throw new InvalidArgumentError("Must be three numbers from 0 to 255, for example 0.2.0.");
  }
  return [major, minor, patch];
};
