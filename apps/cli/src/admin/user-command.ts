import { AdminError } from "@asterite/aster-server";
import { Command } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { type PasswordOptions, readOrGeneratePassword } from "./password.ts";
import { runAdminCommand } from "./run-admin-command.ts";

const passwordOption = [
  "--password-stdin",
  "read the password from standard input instead of generating one",
] as const;

interface GroupChanges {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const collect = (given: string, earlier: readonly string[] = []): string[] => [...earlier, given];

/** Creates `asterite admin user`. */
export function userCommand(): Command {
  const user = new Command("user").description("Manage accounts. NAME can be a name or UUID.");
  user
    .command("list")
    .description("list all accounts")
    .action((_options, self: Command) =>
      runAdminCommand(self, async (session) => {
        const groups = new Map((await listAll(session, "group")).map(({ uuid, name }) => [uuid, name]));
        const users = await listAll(session, "user");
        session.printTable(
          users.map(({ uuid, name, groups: mine }) => ({
            uuid,
            name,
            groups: mine.map((group) => groups.get(group) ?? group).join(", "),
          })),
        );
      }),
    );
  user
    .command("create")
    .argument("<name>")
    .option(...passwordOption, false)
    .description("create an account")
    .action((name: string, options: PasswordOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { password, isGenerated } = await readOrGeneratePassword(options);
        const { uuid } = await session.request({ command: "create_user", name, password });
        const shown = isGenerated ? `; password (shown only once): ${password}` : "";
        session.printResult(`Created ${name} (${uuid})${shown}`, {
          uuid,
          name,
          ...(isGenerated && { password }),
        });
      }),
    );
  user
    .command("password")
    .argument("<name>")
    .option(...passwordOption, false)
    .description("set a new password and revoke all session tokens")
    .action((name: string, options: PasswordOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        const { password, isGenerated } = await readOrGeneratePassword(options);
        await session.request({ command: "set_password", user: uuid, password });
        const shown = isGenerated ? ` (shown only once): ${password}` : "";
        session.printResult(`New password of ${name} set${shown}`, {
          uuid,
          ...(isGenerated && { password }),
        });
      }),
    );
  user
    .command("rename")
    .argument("<name>")
    .argument("<new-name>")
    .description("rename an account")
    .action((name: string, newName: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        await session.request({ command: "rename_user", user: uuid, name: newName });
        session.printResult(`Renamed ${name} to ${newName}`, { uuid, name: newName });
      }),
    );
  user
    .command("groups")
    .argument("<name>")
    .option("--add <group>", "add the account to a group, can be repeated", collect)
    .option("--remove <group>", "remove the account from a group, can be repeated", collect)
    .description("print the groups of an account, after changing them if asked to")
    .action((name: string, { add = [], remove = [] }: GroupChanges, self: Command) =>
      runAdminCommand(self, async (session) => {
        const user = await findOne(session, "user", name);
        const groups = new Set(user.groups);
        for (const group of add) groups.add((await findOne(session, "group", group)).uuid);
        for (const group of remove) {
          const { uuid } = await findOne(session, "group", group);
          if (!groups.delete(uuid)) throw new AdminError(`${name} is not in the group ${group}`);
        }
        if (add.length + remove.length > 0)
          await session.request({ command: "update_user_groups", user: user.uuid, groups: [...groups] });
        const known = new Map(
          (await listAll(session, "group")).map(({ uuid, name: group }) => [uuid, group]),
        );
        const names = [...groups].map((uuid) => known.get(uuid) ?? String(uuid));
        session.printResult(`Groups of ${name}: ${names.join(", ") || "none"}`, {
          uuid: user.uuid,
          groups: names,
        });
      }),
    );
  const simpleCommands: [verb: string, command: string, about: string, done: string][] = [
    ["ban", "ban_user", "ban an account and end its sessions", "Banned"],
    ["unban", "unban_user", "unban an account", "Unbanned"],
    ["delete", "delete_account", "delete an account; its messages are kept", "Deleted"],
  ];
  for (const [verb, command, about, done] of simpleCommands) {
    user
      .command(verb)
      .argument("<name>")
      .description(about)
      .action((name: string, _options: unknown, self: Command) =>
        runAdminCommand(self, async (session) => {
          const { uuid } = await findOne(session, "user", name);
          await session.request({ command, user: uuid });
          session.printResult(`${done} ${name}`, { uuid });
        }),
      );
  }
  return user;
}
