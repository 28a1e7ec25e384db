import { Command } from "commander";
import { all, find } from "./lookup.ts";
import { choosePassword, type PasswordOptions } from "./password.ts";
import { administer } from "./run-admin-command.ts";

const passwordOption = [
  "--password-stdin",
  "read the password from standard input instead of making one",
] as const;

/** `asterite admin user`. */
export function userCommand(): Command {
  const user = new Command("user").description("Accounts; NAME can also be an account's number.");
  user
    .command("list")
    .description("list all accounts")
    .action((_options, self: Command) =>
      administer(self, async (session) => {
        const groups = new Map((await all(session, "group")).map(({ uuid, name }) => [uuid, name]));
        const users = await all(session, "user");
        session.table(
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
      administer(self, async (session) => {
        const { password, isNew } = await choosePassword(options);
        const { uuid } = await session.ask({ command: "create_user", name, password });
        const shown = isNew ? `; its password, shown only now: ${password}` : "";
        session.say(`Created ${name} (${uuid})${shown}`, { uuid, name, ...(isNew && { password }) });
      }),
    );
  user
    .command("password")
    .argument("<name>")
    .option(...passwordOption, false)
    .description("set a new password and end all session tokens")
    .action((name: string, options: PasswordOptions, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        const { password, isNew } = await choosePassword(options);
        await session.ask({ command: "set_password", user: uuid, password });
        const shown = isNew ? `, shown only now: ${password}` : "";
        session.say(`${name} has a new password${shown}`, { uuid, ...(isNew && { password }) });
      }),
    );
  user
    .command("rename")
    .argument("<name>")
    .argument("<new-name>")
    .description("give an account another name")
    .action((name: string, newName: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        await session.ask({ command: "rename_user", user: uuid, name: newName });
        session.say(`${name} is now ${newName}`, { uuid, name: newName });
      }),
    );
  user
    .command("groups")
    .argument("<name>")
    .argument("[groups...]", "all groups that the account shall be in; none takes it out of all")
    .description("put an account into groups")
    .action((name: string, groups: string[], _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        const found = [];
        for (const group of groups) found.push(await find(session, "group", group));
        await session.ask({
          command: "update_user_groups",
          user: uuid,
          groups: found.map((group) => group.uuid),
        });
        const names = found.map((group) => group.name);
        session.say(`${name} is in: ${names.join(", ") || "no group"}`, { uuid, groups: names });
      }),
    );
  const simple: [verb: string, command: string, about: string, done: string][] = [
    ["ban", "ban_user", "end an account's sessions and keep it out", "is banned"],
    ["unban", "unban_user", "let an account in again", "may come back"],
    ["delete", "delete_account", "delete an account; what it wrote stays", "is deleted"],
  ];
  for (const [verb, command, about, done] of simple) {
    user
      .command(verb)
      .argument("<name>")
      .description(about)
      .action((name: string, _options: unknown, self: Command) =>
        administer(self, async (session) => {
          const { uuid } = await find(session, "user", name);
          await session.ask({ command, user: uuid });
          session.say(`${name} ${done}`, { uuid });
        }),
      );
  }
  return user;
}
