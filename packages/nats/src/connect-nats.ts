import { readFileSync } from "node:fs";
import type {
  NatsConnection,
  NodeConnectionOptions,
  PermissionViolationError,
} from "@nats-io/transport-node";
import type { NatsAddresses } from "./nats-address.ts";

/**
 * Connects to NATS servers. Files are read at each connect and reconnect, so that they can be replaced.
 *
 * @throws Error if no server can be used; {@link describeNatsError} explains it.
 */
export async function connectNats(
  { connection, credentialsFile }: NatsAddresses,
  options: Partial<NodeConnectionOptions>,
): Promise<NatsConnection> {
  // Imported on demand, so that callers that only parse addresses do not load it.
  const { connect, credsAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator } = await import(
    "@nats-io/transport-node"
  );
  const authenticator: NodeConnectionOptions["authenticator"] =
    credentialsFile === undefined
      ? undefined
      : (nonce) => {
          const content = readFileSync(credentialsFile);
          // A file of NATS itself, with a signed user and a key.
          if (content.includes("NATS USER JWT")) return credsAuthenticator(content)(nonce);
          const [user = "", ...password] = content.toString().trim().split(":");
          return password.length === 0
            ? tokenAuthenticator(user)(nonce)
            : usernamePasswordAuthenticator(user, password.join(":"))(nonce);
        };
  return connect({ ...connection, ...(authenticator && { authenticator }), ...options });
}

/** Codes of certificates that were not signed by a trusted authority. */
const untrusted = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/** Returns the reason of a failed connection or operation in words, without secrets. */
export function describeNatsError(error: unknown, { connection }: NatsAddresses): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, code = "" } = error as NodeJS.ErrnoException;
  if (name === "PermissionViolationError") {
    const { operation, subject } = error as PermissionViolationError;
    return `${operation} to ${subject}, which the role of these credentials does not include`;
  }
  if (name === "AuthorizationError") return "NATS refuses the credentials, or requires some";
  if (untrusted.includes(code))
    return "the certificate of NATS is not trusted; name its authority with ?ca=FILE";
  if (/does not support 'tls'/.test(message)) return "NATS offers no TLS, which tls:// requires";
  // A server that misses a client certificate closes the connection after the handshake, which the client awaits.
  if (name === "TimeoutError" && connection.tls) {
    return "no answer in time; NATS may require a client certificate that it trusts: ?cert=FILE&key=FILE";
  }
  return message;
}
