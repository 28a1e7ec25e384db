import { Command } from "commander";
import { auditCommand } from "./audit-command.ts";
import { databaseBackupCommand, databaseRestoreCommand, newEpochCommand } from "./backup-commands.ts";
import { botCommand } from "./bot-command.ts";
import { rotateBusKeyCommand } from "./bus-key-command.ts";
import { channelCommand } from "./channel-command.ts";
import { emojiCommand } from "./emoji-command.ts";
import { groupCommand } from "./group-command.ts";
import { inviteCommand } from "./invite-command.ts";
import { addAdminOptions } from "./run-admin-command.ts";
import { tokenCommand } from "./token-command.ts";
import { exportCommand, importCommand } from "./transfer-commands.ts";
import { userCommand } from "./user-command.ts";

/** Creates `asterite admin`, which administers a running or stopped server. */
export function adminCommand(): Command {
  const admin = new Command("admin")
    .description("Administer a chat server, running or stopped.")
    .helpOption("-h, --help", "print this help");
  addAdminOptions(admin);
  const commands = [
    userCommand(),
    groupCommand(),
    channelCommand(),
    emojiCommand(),
    tokenCommand(),
    botCommand(),
    inviteCommand(),
    auditCommand(),
    databaseBackupCommand(),
    databaseRestoreCommand(),
    newEpochCommand(),
    rotateBusKeyCommand(),
    importCommand(),
    exportCommand(),
  ];
  for (const command of commands) admin.addCommand(command);
  return admin;
}
