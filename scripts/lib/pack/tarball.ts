import { posix } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { parse } from "acorn";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { exportedSubpaths, lowestNode, type WorkspacePackage } from "../workspace.ts";

/** A packed package. */
export interface PackedPackage {
  readonly pkg: WorkspacePackage;
  /** Absolute path of the .tgz file. */
  readonly file: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

type Contents = ReturnType<typeof createPackageFromTarballData>;

/** Returns whether the package supports Node 22, and with it browsers of that age. */
const runsOnNode22 = (pkg: WorkspacePackage): boolean => lowestNode(pkg).major <= 22;

async function lintManifest({ data }: PackedPackage): Promise<string[]> {
  const options = {
    strict: true,
    level: "warning",
    pack: { tarball: data.buffer },
  } as const;
  const { messages, pkg: manifest } = await publint(options);
  return messages.map((message) => formatMessage(message, manifest, { color: false }) ?? message.code);
}

/** Reports entry points whose types do not resolve in some module mode; a command has none. */
async function lintTypes({ pkg }: PackedPackage, contents: Contents): Promise<string[]> {
  if (pkg.manifest.bin) return [];
  const result = await checkPackage(contents, { entrypoints: exportedSubpaths(pkg) });
  if (!result.types) return ["has no types"];
  return result.problems
    .filter((problem) => {
      // require() of an ES module is intended: every supported Node can do that.
      if (problem.kind === "CJSResolvesToESM") return false;
      // The resolution of TypeScript before 4.7 does not support exports.
      return !("resolutionKind" in problem && problem.resolutionKind === "node10");
    })
    .map((problem) => JSON.stringify(problem));
}

const forTestsOnly = /\.(?:test|test-d|test-support)\.|(?:^|\/)(?:fixtures?|vectors)\/|\.tsbuildinfo$/;

const importsTestKit = /\bfrom\s*["']@asterite\/testkit["']|\bimport\(\s*["']@asterite\/testkit["']/;

/**
 * Reports files that do not belong in a package, sources that a source map misses, and syntax that is too
 * new.
 */
function lintContents({ pkg }: PackedPackage, contents: Contents): string[] {
  const findings: string[] = [];
  const base = `/node_modules/${pkg.manifest.name}/`;
  if (!contents.fileExists(`${base}LICENSE`)) findings.push("LICENSE is missing");
  for (const path of contents.listFiles()) {
    const name = path.slice(base.length);
    if (forTestsOnly.test(name)) findings.push(`${name} should not be packed`);
    if (/\.[cm]?[jt]s$/.test(name) && importsTestKit.test(contents.readFile(path))) {
      findings.push(`${name} imports the test kit, which is private`);
    }
    if (name.endsWith(".map")) {
      const { sources }: { sources: string[] } = JSON.parse(contents.readFile(path));
      for (const source of sources) {
        const target = posix.join(posix.dirname(path), source);
        // Helpers of the compiler have no file.
        if (!source.includes("\0") && !contents.fileExists(target))
          findings.push(`${name} refers to ${source}`);
      }
    }
    if (name.endsWith(".js") && runsOnNode22(pkg)) {
      try {
        parse(contents.readFile(path), { ecmaVersion: 2023, sourceType: "module" });
      } catch (error) {
        findings.push(`${name} is not ES2023: ${(error as Error).message}`);
      }
    }
  }
  return findings;
}

/** Returns the problems of a tarball, each with the package's name. */
export async function lintTarball(packed: PackedPackage): Promise<string[]> {
  const contents = createPackageFromTarballData(packed.data);
  const findings = [
    ...(await lintManifest(packed)),
    ...(await lintTypes(packed, contents)),
    ...lintContents(packed, contents),
  ];
  return findings.map((finding) => `${packed.pkg.manifest.name}: ${finding}`);
}
