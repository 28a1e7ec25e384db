import packageJson from "../package.json" with { type: "json" };

/** Version of this package, as clients are told it. */
export const nodeVersion: string = packageJson.version;

/** Replaced by the build, where it knows. */
declare const ASTERITE_COMMIT: string | undefined;

/** Commit that the package was built of; `unknown` for source, and for what was built of anything else than a commit. */
export const nodeCommit: string = typeof ASTERITE_COMMIT === "string" ? ASTERITE_COMMIT : "unknown";
