/**
 * A chat server for the Aster protocol: in one process with SQLite, or in several with PostgreSQL and NATS.
 *
 * @packageDocumentation
 */

export { type Logger, silentLogger } from "@asterite/util";
export { type AdminConnection, openAdministration } from "./admin/admin-client.ts";
export { adminSocketName } from "./admin/admin-socket.ts";
export type { AdminUser } from "./admin/admin-user.ts";
export type { AdminRequest, AdminResponse } from "./admin/administration.ts";
export { restoreDatabase, startNewEpoch } from "./admin/restore.ts";
export { type AuditLimits, defaultAuditLimits } from "./audit/audit-log.ts";
export { defaultLoginLimits, type LoginLimits } from "./auth/login-throttle.ts";
export { defaultPasswordPolicy, type PasswordPolicy } from "./auth/password-policy.ts";
export { type CapacityLimits, defaultCapacityLimits, unlimitedCapacity } from "./connection/capacity.ts";
export {
  type ProxyHeaderName,
  type ProxyOptions,
  parseNetwork,
  proxyHeaders,
} from "./connection/proxy/trusted-proxies.ts";
export { ServerError, type ServerErrorCode } from "./errors.ts";
export { defaultFileLimits, type FileLimits, type FileOptions } from "./files/files.ts";
export {
  type AsterServerOptions,
  type CertificateCheck,
  checkOptions,
  defaultServerOptions,
  type PageHandler,
  type TlsOptions,
} from "./options.ts";
export { readPng } from "./pictures/pictures.ts";
export { type AsterServer, startAsterServer } from "./server.ts";
export { type ConnectionLimits, defaultConnectionLimits, type RegistrationMode } from "./settings.ts";
export { isPostgresAddress, redactAddress } from "./store/postgres/address.ts";
export type { PostgresInspection } from "./store/postgres/inspect.ts";
export { exportDatabase, importDatabase, inspectPostgres } from "./store/postgres-tools.ts";
export { AdminError } from "./store/transfer/admin-error.ts";
export type { TransferCounts, TransferOptions, TransferProgress } from "./store/transfer/progress.ts";
export {
  type Certificate,
  type CertificateFiles,
  certificateFilesIn,
  readCertificate,
} from "./tls/certificate.ts";
