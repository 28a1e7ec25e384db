/** Focuses an element after its dialog has opened, which would focus the first button. */
export function focusOnOpen(node: HTMLElement): void {
  queueMicrotask(() => node.focus());
}
