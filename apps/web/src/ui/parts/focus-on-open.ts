/** Takes the focus once the dialog around it is open, which gives it to its first button. */
export function focusSoon(node: HTMLElement): void {
  queueMicrotask(() => node.focus());
}
