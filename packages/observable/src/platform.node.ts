/** Emits a warning of the process, which prints it unless the program handles the event `warning`. */
export const emitWarning = (warning: Error): void => process.emitWarning(warning);
