import packageJson from "../package.json" with { type: "json" };

/** Version of this package, which the reply to `hello` contains. */
export const serverVersion: string = packageJson.version;
