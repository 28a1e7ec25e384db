export function onLauncherExit(callback: () => void): void;
