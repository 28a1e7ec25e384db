/** Part of the workspace whose tests are measured by mutation testing. */
export interface MutantRoom {
  /** Name on the command line. */
  readonly name: string;
  /** Globs of the files that are changed, relative to the workspace's root. */
  readonly mutate: readonly string[];
  /** Globs of the tests that have to notice; they run in this process tree, not against child processes. */
  readonly tests: readonly string[];
}

const mutated = (folder: string, files: string): string[] => [
  `packages/${folder}/src/${files}`,
  `!packages/${folder}/src/**/*.{test,test-support,test-d}.ts`,
];

const room = (name: string, folder: string, files: string, ...tests: readonly string[]): MutantRoom => ({
  name,
  mutate: mutated(folder, files),
  tests: [`packages/${folder}/src/**/*.test.ts`, ...tests],
});

/** A room of the chat server. Its tests are named, because all of the server's tests run the whole server. */
const serverRoom = (name: string, files: string, ...tests: readonly string[]): MutantRoom => ({
  name,
  mutate: mutated("aster-server", files),
  tests: tests.map((glob) => (glob.startsWith("tests/") ? glob : `packages/aster-server/src/${glob}`)),
});

/** The core rooms, where a slip loses messages, players or rights. */
export const mutantRooms: readonly MutantRoom[] = [
  room("aster-session", "aster", "session/**/*.ts", "tests/aster-client/reconnect.test.ts"),
  room("aster-sync", "aster", "sync/**/*.ts", "tests/aster-client/reconnect.test.ts"),
  serverRoom("server-access", "access.ts", "access.test.ts", "tests/aster-server/permissions.test.ts"),
  serverRoom("server-hub", "hub/**/*.ts", "hub/**/*.test.ts", "tests/aster-server/presence.test.ts"),
  serverRoom(
    "server-commands",
    "commands/**/*.ts",
    "commands/**/*.test.ts",
    // Not registration.test.ts: the socket for administration needs umask, which threads do not have.
    "tests/aster-server/{account-list,audit,bots,commands,extensions,login-required,login-throttle}.test.ts",
    "tests/aster-server/{names-and-passwords,permissions,presence,protocol,reasons,sessions}.test.ts",
  ),
  serverRoom("server-sqlite", "store/sqlite/**/*.ts", "store/*.test.ts", "store/sqlite/**/*.test.ts"),
  room("commands", "commands", "**/*.ts", "tests/commands/{bot,around-commands,conversation}.test.ts"),
  room("andesite-web-socket", "andesite", "web-socket/**/*.ts"),
  room(
    "andesite-pool",
    "andesite",
    "pool/**/*.ts",
    "tests/andesite-client/{checklist-15-pools,failures}.test.ts",
  ),
  room("andesite-state", "andesite", "state/**/*.ts"),
  room("queue", "queue", "**/*.ts"),
  room("dj", "dj", "**/*.ts", "tests/dj/*.test.ts"),
];
