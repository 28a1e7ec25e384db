/**
 * A chat server for the Aster protocol: in one process with SQLite, or in several with PostgreSQL and NATS.
 *
 * @packageDocumentation
 */

export { type AdminConnection, openAdministration } from "./admin/admin-client.ts";
export { AdminError } from "./admin/admin-error.ts";
export { adminSocketName } from "./admin/admin-socket.ts";
export type { AdminAnswer, AdminRequest } from "./admin/administration.ts";
export { restoreDatabase } from "./admin/restore.ts";
export type { AdminUser } from "./admin-user.ts";
export {
  type Certificate,
  type CertificateFiles,
  certificateFilesIn,
  readCertificate,
} from "./certificate.ts";
export { ServerError, type ServerErrorCode } from "./errors.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { defaultLoginLimits, type LoginLimits } from "./login-throttle.ts";
export {
  type AsterServerOptions,
  type CertificateCheck,
  checkOptions,
  defaultServerOptions,
  type PageHandler,
  type TlsOptions,
} from "./options.ts";
export { readPng } from "./pictures.ts";
export { type AsterServer, startAsterServer } from "./server.ts";
export { type ConnectionLimits, defaultConnectionLimits } from "./settings.ts";
export { isPostgresAddress, shownAddress } from "./store/postgres/address.ts";
export type { PostgresFindings } from "./store/postgres/inspect.ts";
export { exportDatabase, importDatabase, inspectPostgres } from "./store/postgres-tools.ts";
export type { TransferCounts, TransferOptions, TransferProgress } from "./store/transfer/progress.ts";
