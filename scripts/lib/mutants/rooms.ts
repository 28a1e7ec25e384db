/** Part of the workspace whose tests are measured by mutation testing. */
export interface MutantRoom {
  /** Name on the command line. */
  readonly name: string;
  /** Globs of the files that are changed, relative to the workspace's root. */
  readonly mutate: readonly string[];
  /** Globs of the tests that have to notice; they run in this process tree, not against child processes. */
  readonly tests: readonly string[];
}

const room = (name: string, folder: string, files: string, ...tests: readonly string[]): MutantRoom => ({
  name,
  mutate: [`packages/${folder}/src/${files}`, `!packages/${folder}/src/**/*.{test,test-support,test-d}.ts`],
  tests: [`packages/${folder}/src/**/*.test.ts`, ...tests],
});

/** The core rooms, where a slip loses messages, players or rights. */
export const mutantRooms: readonly MutantRoom[] = [
  room("aster-session", "aster", "session/**/*.ts", "tests/aster-client/reconnect.test.ts"),
  room("aster-sync", "aster", "sync/**/*.ts", "tests/aster-client/reconnect.test.ts"),
  room("server-access", "aster-server", "access.ts", "tests/aster-server/permissions.test.ts"),
  room("server-hub", "aster-server", "hub/**/*.ts", "tests/aster-server/presence.test.ts"),
  room("server-commands", "aster-server", "commands/**/*.ts", "tests/aster-server/*.test.ts"),
  room("server-sqlite", "aster-server", "store/sqlite/**/*.ts"),
  room("commands", "commands", "**/*.ts"),
  room("andesite-web-socket", "andesite", "web-socket/**/*.ts"),
  room("andesite-pool", "andesite", "pool/**/*.ts"),
  room("andesite-state", "andesite", "state/**/*.ts"),
  room("queue", "queue", "**/*.ts"),
  room("dj", "dj", "**/*.ts", "tests/dj/*.test.ts"),
];
