import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { adminCommand } from "./admin/admin-command.ts";
import { bindAdminUser } from "./admin-user.ts";
import { backupAllCommand, restoreAllCommand } from "./backup/backup-command.ts";
import { djCommand } from "./dj-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { nodeCommand } from "./node/node-command.ts";
import { serverCommand } from "./server-command.ts";
import { upCommand } from "./up/up-command.ts";

const program = new Command("asterite")
  .description("Aster chat and an Andesite audio node for yourself and your community, in one command.")
  .version(packageJson.version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  // What stands after the name of a command belongs to that command.
  .enablePositionalOptions()
  .showHelpAfterError("(asterite --help tells what there is)")
  .addCommand(upCommand())
  .addCommand(serverCommand())
  .addCommand(nodeCommand())
  .addCommand(djCommand())
  .addCommand(adminCommand())
  .addCommand(backupAllCommand())
  .addCommand(restoreAllCommand())
  .addCommand(doctorCommand());

await program.parseAsync(bindAdminUser(process.argv));
