import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import { checkSite } from "./links.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "asterite-site-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return checkSite(folder);
}

it("counts links, anchors and pictures that exist, and ignores external ones", () => {
  const report = check({
    "index.html":
      '<a href="guides/a.html#b&amp;c">a</a> <img src="media/a%20b.png"> <a href="https://example.org">x</a>',
    "guides/a.html":
      '<h1 id="b&amp;c">b</h1><a href="../#top">top</a><a href="#b%26c">b</a><a href="../">start</a>',
    "guides/b.html": '<a href="../index.html">start</a><p id="top">',
    "media/a b.png": "",
  });
  expect(report).toEqual({ findings: ["guides/a.html: ../#top has no #top"], pages: 3, links: 6 });
});

it("reports missing targets with their page", () => {
  const { findings } = check({
    "index.html": '<a href="gone.html">a</a><a href="guides">b</a><a href="#gone">c</a>',
    "guides/a.html": '<a href="../../README.md">a</a><a href="/index.html">b</a>',
  });
  expect(findings).toEqual([
    "guides/a.html: ../../README.md leaves the site",
    "guides/a.html: /index.html is absolute",
    "index.html: gone.html does not exist",
    "index.html: guides does not exist",
    "index.html: #gone has no #gone",
  ]);
});

it("ignores links in scripts", () => {
  expect(check({ "index.html": `<script>const a = '<a href="gone.html">';\n</script>` }).findings).toEqual(
    [],
  );
});

it("reports resources of other origins in pages and styles", () => {
  const { findings } = check({
    "index.html":
      '<link rel="icon" href="data:image/png;base64,"><script src="https://cdn.example/a.js"></script>',
    "style.css": '@import "//fonts.example/a.css";\n.a { background: url(data:image/png;base64,) }',
  });
  expect(findings).toEqual([
    "index.html fetches https://cdn.example/a.js",
    "style.css fetches //fonts.example/a.css",
  ]);
});

it("follows the paths of the navigation from the site's root", () => {
  const navigation = [{ text: "Guides", children: [{ path: "index.html" }, { path: "gone.html" }] }];
  const packed = deflateSync(JSON.stringify(navigation)).toString("base64");
  const { findings } = check({
    "index.html": "",
    "assets/navigation.js": `window.navigationData = "${packed}"`,
  });
  expect(findings).toEqual(["assets/navigation.js: ../gone.html does not exist"]);
});
