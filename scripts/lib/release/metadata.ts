import type { JsonObject } from "./versions.ts";

/** Address of the project's repository, without `.git`. */
const repositoryUrl = "https://github.com/asterite/asterite";

/** Returns the fields that tie a package on the registry to the repository. */
const linkFields = (folder: string): JsonObject => ({
  homepage: `${repositoryUrl}/tree/main/${folder}#readme`,
  bugs: `${repositoryUrl}/issues`,
  repository: { type: "git", url: `git+${repositoryUrl}.git`, directory: folder },
});

/**
 * Reports fields of a published package's manifest that are missing or differ from what the registry should
 * show.
 */
export function findMetadataProblems(manifest: JsonObject, folder: string): string[] {
  const problems = Object.entries(linkFields(folder))
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) => `${folder}/package.json: "${field}" should be ${JSON.stringify(value)}`);
  const { keywords, description } = manifest;
  if (!Array.isArray(keywords) || keywords.length < 3)
    problems.push(`${folder}/package.json: name at least 3 keywords`);
  if (typeof description !== "string") problems.push(`${folder}/package.json: describe the package`);
  return problems;
}
