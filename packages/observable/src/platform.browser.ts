/** Logs to the console like an uncaught error. Node, whose types apply here, has no `reportError`. */
export const emitWarning = (warning: Error): void =>
  (globalThis as { reportError?: (error: Error) => void }).reportError?.(warning);
