/** The command line of `npm run release`. */
export interface ReleaseArguments {
  readonly version: string;
  /** Whether to print the steps instead of taking them. */
  readonly isDryRun: boolean;
  /** Whether to send the packages to the registry. */
  readonly publishes: boolean;
}

export const releaseUsage = `npm run release -- VERSION [--dry-run] [--publish]

  VERSION    the version of every package, such as 1.2.0 or 1.2.0-beta.1
  --dry-run  checks everything, prints the steps and changes nothing
  --publish  sends the packages to the registry, with provenance; needs a supported CI service and a login`;

/**
 * Reads the arguments of the command.
 *
 * @throws Error if one is unknown, or there is not exactly one version.
 */
export function parseReleaseArguments(args: readonly string[]): ReleaseArguments {
  const versions = args.filter((argument) => !argument.startsWith("--"));
  const unknown = args.find(
    (argument) => argument.startsWith("--") && !["--dry-run", "--publish"].includes(argument),
  );
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}\n\n${releaseUsage}`);
  const [version, ...more] = versions;
  if (version === undefined || more.length > 0) throw new Error(`name one version\n\n${releaseUsage}`);
  return { version, isDryRun: args.includes("--dry-run"), publishes: args.includes("--publish") };
}
