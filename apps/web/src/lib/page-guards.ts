/** Key code of keys that an input method handles. Safari sends Enter after the end of the composition, with this code. */
const inputMethodKeyCode = 229;

/** Stops keys of an input method, such as Enter to accept a Japanese word, before any field acts on them. */
function stopInputMethodKey(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === inputMethodKeyCode) event.stopImmediatePropagation();
}

/** Keeps the browser from leaving the page to open a dropped file. Fields for files still take them. */
function keepPage(event: DragEvent): void {
  const isFileField = event.target instanceof HTMLInputElement && event.target.type === "file";
  if (!isFileField && event.dataTransfer?.types.includes("Files")) event.preventDefault();
}

/** Installs listeners that protect what is typed in any field. Must run before other listeners are added. */
export function guardPage(): void {
  addEventListener("keydown", stopInputMethodKey, { capture: true });
  addEventListener("dragover", keepPage);
  addEventListener("drop", keepPage);
}
