import type { App } from "../../state/app.svelte.ts";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Opens the channel before or after the current one. */
function stepChannel(app: App, by: number): void {
  const { current, channel } = app;
  if (!current || !channel) return;
  const { channels } = current.serverInfo;
  const next = channels[(channels.indexOf(channel) + by + channels.length) % channels.length];
  if (next) app.showChannel(current, next.uuid);
}

/** Handles shortcuts that work regardless of the focus. */
export function globalKeys(event: KeyboardEvent, app: App): void {
  if (app.sessions.length === 0) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key.toLowerCase() === "k") {
    if (app.dialog?.type !== "switch") app.openDialog({ type: "switch" });
  } else if (app.dialog && event.key === "Escape" && !document.querySelector("dialog[open]")) {
    // Its part of the page is still loading.
    app.closeDialog(app.dialog);
  } else if (app.dialog) {
    return;
  } else if (isCommand && event.key.toLowerCase() === "f" && event.shiftKey) {
    app.sidePanel = "search";
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    stepChannel(app, event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "?" && !isTyping(event.target)) {
    app.openDialog({ type: "shortcuts" });
  } else {
    return;
  }
  event.preventDefault();
}
