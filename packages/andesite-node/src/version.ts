import packageJson from "../package.json" with { type: "json" };

/** Version of this package, sent to clients. */
export const nodeVersion: string = packageJson.version;

/** Replaced by the build if the commit is known. */
declare const ASTERITE_COMMIT: string | undefined;

/**
 * Commit that the package was built from; `unknown` if it runs from source or was built from uncommitted
 * changes.
 */
export const nodeCommit: string = typeof ASTERITE_COMMIT === "string" ? ASTERITE_COMMIT : "unknown";
