/** Whether Enter makes a new line, as on touch screens, whose keyboards have no Shift+Enter. */
export const entersNewLine = (): boolean => matchMedia("(pointer: coarse)").matches;

/** Returns whether a key sends the text: Enter, on touch screens only with Ctrl or Cmd. */
export const isSendKey = ({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean =>
  key === "Enter" && !shiftKey && (ctrlKey || metaKey || !entersNewLine());
