import packageJson from "../package.json" with { type: "json" };

/** Version of this package, as `hello` tells it. */
export const serverVersion: string = packageJson.version;
