import { Command } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { readOrGeneratePassword } from "./password.ts";
import { type AdminSession, runAdminCommand } from "./run-admin-command.ts";

interface TokenOptions {
  readonly label: string;
}

const labelOption = ["--label <text>", "purpose of the token", "made by the operator"] as const;

async function createToken(session: AdminSession, user: number, label: string): Promise<unknown> {
  return (await session.request({ command: "create_token", user, client: label }))["token"];
}

/** Creates `asterite admin bot`. */
export function botCommand(): Command {
  const bot = new Command("bot").description(
    "Manage bots: accounts that programs log in to with a token. NAME can be a name or UUID.",
  );
  bot
    .command("list")
    .description("list all bots")
    .action((_options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const bots = (await listAll(session, "user")).filter((user) => user.is_bot === true);
        session.printTable(bots.map(({ uuid, name }) => ({ uuid, name })));
      }),
    );
  bot
    .command("create")
    .argument("<name>")
    .option(...labelOption)
    .description("create an account that is a bot, and print its token once")
    .action((name: string, { label }: TokenOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        // Only the token is used. `user password` sets another password.
        const { password } = await readOrGeneratePassword({ passwordStdin: false });
        const created = await session.request({ command: "create_user", name, password });
        const user = Number(created["uuid"]);
        await session.request({ command: "set_bot", user, bot: true });
        const token = await createToken(session, user, label);
        session.printResult(`Created the bot ${name} (${user}); token (shown only once): ${token}`, {
          uuid: user,
          name,
          token,
        });
      }),
    );
  for (const [verb, isBot, about] of [
    ["mark", true, "mark an existing account as a bot"],
    ["unmark", false, "mark an account as no bot; its tokens stay valid"],
  ] as const) {
    bot
      .command(verb)
      .argument("<name>")
      .description(about)
      .action((name: string, _options: unknown, self: Command) =>
        runAdminCommand(self, async (session) => {
          const { uuid } = await findOne(session, "user", name);
          await session.request({ command: "set_bot", user: uuid, bot: isBot });
          session.printResult(`${name} is ${isBot ? "now a bot" : "no longer a bot"}`, { uuid, bot: isBot });
        }),
      );
  }
  bot
    .command("token")
    .argument("<name>")
    .option(...labelOption)
    .description("create another token for a bot and print it once")
    .action((name: string, { label }: TokenOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        const token = await createToken(session, uuid, label);
        session.printResult(`Token of ${name} (shown only once): ${token}`, { uuid, token });
      }),
    );
  bot
    .command("revoke")
    .argument("<name>")
    .description(
      "revoke all tokens of a bot and end their sessions; one of them: asterite admin token revoke",
    )
    .action((name: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        const { data } = await session.request({ command: "list_user_tokens", user: uuid });
        const ids = (data as { id: number }[]).map(({ id }) => id);
        for (const id of ids) await session.request({ command: "revoke_user_token", user: uuid, id });
        session.printResult(`Revoked ${ids.length} tokens of ${name}`, { uuid, revoked: ids });
      }),
    );
  return bot;
}
