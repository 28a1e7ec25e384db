import packageJson from "../package.json" with { type: "json" };

/** Version of this package, as clients are told it. */
export const nodeVersion: string = packageJson.version;
