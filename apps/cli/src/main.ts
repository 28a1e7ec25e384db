import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { joinAdminUserArguments } from "./admin-user.ts";

/** Commands, each loaded on demand to keep start-up time and memory low. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up/up-command.ts")).upCommand(),
  server: async () => (await import("./server-command.ts")).serverCommand(),
  node: async () => (await import("./node/node-command.ts")).nodeCommand(),
  dj: async () => (await import("./dj-command.ts")).djCommand(),
  admin: async () => (await import("./admin/admin-command.ts")).adminCommand(),
  backup: async () => (await import("./backup/backup-command.ts")).backupCommand(),
  restore: async () => (await import("./backup/backup-command.ts")).restoreCommand(),
  doctor: async () => (await import("./doctor-command.ts")).doctorCommand(),
};

const program = new Command("asterite")
  .description(
    "Self-hosted chat and music: Aster chat server, web client, Andesite audio node and music bot.",
  )
  .version(packageJson.version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  // Options after the name of a command belong to that command.
  .enablePositionalOptions()
  .showHelpAfterError("(see asterite --help)");

const args = joinAdminUserArguments(process.argv);
const [, , name = ""] = args;
// Without a command, register all of them so that --help lists them.
const names = Object.hasOwn(commands, name) ? [name] : Object.keys(commands);
for (const each of names) {
  const command = await commands[each]?.();
  if (command) program.addCommand(command);
}
await program.parseAsync(args);
