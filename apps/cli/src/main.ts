import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { bindAdminUser } from "./admin-user.ts";

/** Each is loaded when it is asked for, because no process should start later, or grow, for what only others need. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up/up-command.ts")).upCommand(),
  server: async () => (await import("./server-command.ts")).serverCommand(),
  node: async () => (await import("./node/node-command.ts")).nodeCommand(),
  dj: async () => (await import("./dj-command.ts")).djCommand(),
  admin: async () => (await import("./admin/admin-command.ts")).adminCommand(),
  backup: async () => (await import("./backup/backup-command.ts")).backupAllCommand(),
  restore: async () => (await import("./backup/backup-command.ts")).restoreAllCommand(),
  doctor: async () => (await import("./doctor-command.ts")).doctorCommand(),
};

const program = new Command("asterite")
  .description("Aster chat and an Andesite audio node for yourself and your community, in one command.")
  .version(packageJson.version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  // What stands after the name of a command belongs to that command.
  .enablePositionalOptions()
  .showHelpAfterError("(asterite --help tells what there is)");

const args = bindAdminUser(process.argv);
const [, , name = ""] = args;
// Whoever names none of them gets to see them all.
const names = Object.hasOwn(commands, name) ? [name] : Object.keys(commands);
for (const each of names) {
  const command = await commands[each]?.();
  if (command) program.addCommand(command);
}
await program.parseAsync(args);
