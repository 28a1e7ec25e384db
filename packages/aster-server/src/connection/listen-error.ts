import { ServerError } from "../errors.ts";

/** Converts a listen error to a `LISTEN_FAILED` error that explains the cause. */
export function toListenError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): ServerError {
  const reasons: { readonly [code: string]: string } = {
    EADDRINUSE: `port ${port} is already in use; stop the other program or choose another port`,
    EACCES: `no permission to listen on port ${port}; choose a port above 1023`,
    EADDRNOTAVAIL: `this machine has no address ${host}`,
    ENOTFOUND: `${host} is not an address of this machine`,
  };
  const reason = reasons[error.code ?? ""] ?? error.message;
  return new ServerError("LISTEN_FAILED", `Cannot listen on ${host}:${port}: ${reason}`, { cause: error });
}
