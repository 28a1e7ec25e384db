import { ServerError } from "../errors.ts";

/** Says in words why an address and port cannot be listened on. */
export function toListenError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): ServerError {
  const reasons: { readonly [code: string]: string } = {
    EADDRINUSE: `port ${port} is already in use; stop the other program or choose another port`,
    EACCES: `this user may not listen on port ${port}; choose a port above 1023`,
    EADDRNOTAVAIL: `this machine has no address ${host}`,
    ENOTFOUND: `${host} is no address of this machine`,
  };
  const reason = reasons[error.code ?? ""] ?? error.message;
  return new ServerError("LISTEN_FAILED", `Cannot listen on ${host}:${port}: ${reason}`, { cause: error });
}
