import { Command } from "commander";
import { findOne } from "./lookup.ts";
import { formatTime, runAdminCommand } from "./run-admin-command.ts";

interface Token {
  readonly id: number;
  readonly client: string;
  readonly created: number;
  readonly last_used: number;
}

/** Creates `asterite admin token`. */
export function tokenCommand(): Command {
  const token = new Command("token").description(
    "Manage session tokens, with which programs log in without a password.",
  );
  token
    .command("list")
    .argument("<user>")
    .description("list a user's tokens")
    .action((name: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        const { data } = await session.request({ command: "list_user_tokens", user: uuid });
        session.printTable(
          (data as Token[]).map(({ id, client, created, last_used }) => ({
            id,
            client,
            created: formatTime(created),
            "last used": formatTime(last_used),
          })),
        );
      }),
    );
  token
    .command("create")
    .argument("<user>")
    .option("--label <text>", "purpose of the token", "made by the operator")
    .description("create a token and print it once")
    .action((name: string, { label }: { label: string }, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        const reply = await session.request({ command: "create_token", user: uuid, client: label });
        session.printResult(`Token of ${name} (shown only once): ${reply["token"]}`, {
          user: uuid,
          token: reply["token"],
        });
      }),
    );
  token
    .command("revoke")
    .argument("<user>")
    .argument("<id>")
    .description("revoke a token")
    .action((name: string, id: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "user", name);
        await session.request({ command: "revoke_user_token", user: uuid, id: Number(id) });
        session.printResult(`Revoked token ${id} of ${name}`, { user: uuid, id: Number(id) });
      }),
    );
  return token;
}
