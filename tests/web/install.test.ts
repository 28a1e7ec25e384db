// The installed client: below a path, without a connection, after an upgrade and after signing out.

import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "@asterite/testkit";
import { webClientFolder } from "@asterite/web";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import { exactMessage, openPage, ready, register, say, servePage, useBrowser } from "../support/web.ts";

/**
 * Returns a copy of the client whose scripts have other names, as in a newer build. All of them: browsers keep scripts for
 * good, and an old one that imports the old entry would start the client a second time.
 */
async function newerBuild(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-web-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(webClientFolder, folder, { recursive: true });
  const assets = join(folder, "assets");
  const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js"));
  const newerName = (name: string): string =>
    scripts.includes(name) ? name.replace(".js", "-newer.js") : name;
  for (const name of scripts) await rename(join(assets, name), join(assets, newerName(name)));
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/\.(?:html|js)$/.test(name)) continue;
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), text.replaceAll(/[\w-]+\.js/g, newerName));
  }
  return folder;
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("runs below a path, shows the last state offline, takes over a new build and forgets at sign-out", async () => {
    const server = await startServer({ tls: "insecure-plaintext", name: "Garden" });
    const proxy = await FaultProxy.start({ port: server.port });
    onTestFinished(() => proxy.close());
    const site = await servePage(proxy.port, undefined, { path: "/chat/" });
    const ann = await openPage(browser(), site.url, { serviceWorkers: "allow" });
    await register(ann, "ann");
    await say(ann, "kept for later");
    await exactMessage(ann, "kept for later").waitFor();
    // Not waitForFunction: it evaluates text in the page again and again, which the page's policy forbids.
    await ann.evaluate(`new Promise((controlled) => {
      if (navigator.serviceWorker.controller) controlled();
      else navigator.serviceWorker.addEventListener("controllerchange", () => controlled());
    })`);

    const manifest = await ann.evaluate<{ start_url: string; scope: string; icons: { src: string }[] }>(
      "fetch(document.querySelector('link[rel=manifest]').href).then((reply) => reply.json())",
    );
    const { href: start } = new URL(manifest.start_url, `${site.url}manifest.webmanifest`);
    expect(start).toBe(site.url);
    for (const { src } of manifest.icons) {
      const icon = await fetch(new URL(src, site.url));
      expect([src, icon.status, icon.headers.get("content-type")]).toEqual([
        src,
        200,
        src.endsWith(".png") ? "image/png" : "image/svg+xml",
      ]);
    }

    await ann.context().setOffline(true);
    await ann.reload();
    await ann.getByText(/^Offline\. Messages as of/).waitFor();
    await ann.getByRole("tab", { name: "#general" }).waitFor();
    await ann.getByRole("article").getByText("kept for later").waitFor();
    await ann.context().setOffline(false);
    await ready(ann);
    await exactMessage(ann, "kept for later").waitFor();

    site.folder = await newerBuild();
    // The page looks for a new build after a reconnection, but not more than once a minute.
    await ann.clock.setFixedTime(Date.now() + 120_000);
    proxy.cut();
    await ann.getByText("New version.").waitFor();
    await ann.getByRole("button", { name: "Reload" }).click();
    await ann.getByText("New version.").waitFor({ state: "detached" });
    await ready(ann);
    const entry = () => ann.evaluate<string>("document.querySelector('script[type=module]').src");
    expect(await entry()).toContain("-newer.js");

    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Sign out" }).click();
    await ann.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    expect(await ann.getByRole("complementary").count()).toBe(0);
    await ann.context().setOffline(true);
    await ann.reload();
    await ann.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    expect(await ann.evaluate<string>("JSON.stringify(localStorage)")).not.toContain("kept for later");
    const cached = await ann.evaluate<string>(`(async () => {
      let all = "";
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) all += await (await cache.match(request)).text();
      }
      return String(all.includes("kept for later"));
    })()`);
    expect(cached).toBe("false");
  });
});
