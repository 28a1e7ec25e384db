/**
 * A chat server for the Aster protocol in one process, with SQLite.
 *
 * @packageDocumentation
 */

export {
  type Certificate,
  type CertificateFiles,
  certificateFilesIn,
  readCertificate,
} from "./certificate.ts";
export { ServerError, type ServerErrorCode } from "./errors.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { defaultLoginLimits, type LoginLimits } from "./login-throttle.ts";
export { checkOptions } from "./options.ts";
export { readPng } from "./pictures.ts";
export {
  type AsterServer,
  type AsterServerOptions,
  type CertificateCheck,
  defaultServerOptions,
  startAsterServer,
  type TlsOptions,
} from "./server.ts";
export { type ConnectionLimits, defaultConnectionLimits } from "./settings.ts";
