import { Command } from "commander";
import { backupCommand, restoreCommand } from "./backup-commands.ts";
import { channelCommand } from "./channel-command.ts";
import { emojiCommand } from "./emoji-command.ts";
import { groupCommand } from "./group-command.ts";
import { withAdminOptions } from "./run-admin-command.ts";
import { tokenCommand } from "./token-command.ts";
import { exportCommand, importCommand } from "./transfer-commands.ts";
import { userCommand } from "./user-command.ts";

/** `asterite admin`: what its operator does to a server, running or not. */
export function adminCommand(): Command {
  const admin = new Command("admin")
    .description("Administer a server: through it while it runs, else its database.")
    .helpOption("-h, --help", "print this help");
  withAdminOptions(admin);
  const commands = [
    userCommand(),
    groupCommand(),
    channelCommand(),
    emojiCommand(),
    tokenCommand(),
    backupCommand(),
    restoreCommand(),
    importCommand(),
    exportCommand(),
  ];
  for (const command of commands) admin.addCommand(command);
  return admin;
}
