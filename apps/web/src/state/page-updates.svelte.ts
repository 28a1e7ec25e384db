import { trustedScriptUrl } from "../lib/trusted-script-url.ts";

/** Minimum time between two looks for a new build. */
const checkIntervalMs = 60_000;

/** Installs the service worker, and notices that the server has a newer build of the page. */
export class PageUpdates {
  isAvailable = $state(false);
  #checkedAt = Date.now();
  #registration: ServiceWorkerRegistration | undefined;

  constructor() {
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    navigator.serviceWorker
      .register(trustedScriptUrl("asterite-service-worker", "./service-worker.js"))
      .then((registration) => {
        this.#registration = registration;
      })
      // Browsers refuse it in private windows; the page works without.
      .catch(() => {});
  }

  /** Looks for a new build, for example because the server may have been restarted. */
  async check(): Promise<void> {
    if (!import.meta.env.PROD || Date.now() - this.#checkedAt < checkIntervalMs) return;
    this.#checkedAt = Date.now();
    const own = document.querySelector<HTMLScriptElement>("script[type=module]")?.src;
    try {
      const response = await fetch("./index.html", { cache: "no-store" });
      const page = await response.text();
      const isPage = response.ok && own !== undefined && /src="\.\/assets\//.test(page);
      if (!isPage || page.includes(new URL(own).pathname.split("/").at(-1) ?? "")) return;
      this.isAvailable = true;
      await this.#registration?.update();
    } catch {
      // Offline: the next connection checks again.
    }
  }
}
