import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { adminCommand } from "./admin/admin-command.ts";
import { bindAdminUser } from "./admin-user.ts";
import { djCommand } from "./dj-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { serverCommand } from "./server-command.ts";

const program = new Command("asterite")
  .description("Aster chat for yourself and your community: one command, one folder of data.")
  .version(packageJson.version, "-V, --version", "print the version")
  .helpOption("-h, --help", "print this help")
  .helpCommand("help [command]", "print the help of a command")
  .showHelpAfterError("(asterite --help tells what there is)")
  .addCommand(serverCommand())
  .addCommand(djCommand())
  .addCommand(adminCommand())
  .addCommand(doctorCommand());

await program.parseAsync(bindAdminUser(process.argv));
