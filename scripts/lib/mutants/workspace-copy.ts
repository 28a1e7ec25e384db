import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root, scratch } from "../workspace.ts";

/** Links packages from the registry to the ones installed here, and those of the workspace to their copies. */
function linkPackages(folder: string, source = join(root, "node_modules")): void {
  mkdirSync(folder);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const original = join(source, entry.name);
    const link = join(folder, entry.name);
    // npm links workspace packages with relative targets, which lead to the copies from here.
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(original), link);
    else if (entry.name === "@asterite") linkPackages(link, original);
    else symlinkSync(original, link);
  }
}

/**
 * A copy of the workspace's files, tracked or new, in which tools may change code without a trace in the
 * checkout, also when they are killed.
 */
export class WorkspaceCopy implements Disposable {
  /** Absolute path of the copy's root. */
  readonly folder: string;

  constructor() {
    mkdirSync(scratch, { recursive: true });
    this.folder = mkdtempSync(join(scratch, "mutants-"));
    const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    for (const path of list.split("\0")) {
      if (path === "") continue;
      const target = join(this.folder, path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(root, path), target);
    }
    linkPackages(join(this.folder, "node_modules"));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
