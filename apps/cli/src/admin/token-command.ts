import { Command } from "commander";
import { find } from "./lookup.ts";
import { administer } from "./run-admin-command.ts";

interface Token {
  readonly id: number;
  readonly client: string;
  readonly created: number;
  readonly last_used: number;
}

const day = (unixSeconds: number): string =>
  new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ");

/** `asterite admin token`. */
export function tokenCommand(): Command {
  const token = new Command("token").description(
    "Session tokens, with which a program logs in without a password.",
  );
  token
    .command("list")
    .argument("<user>")
    .description("list a user's tokens")
    .action((name: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        const { data } = await session.ask({ command: "list_user_tokens", user: uuid });
        session.table(
          (data as Token[]).map(({ id, client, created, last_used }) => ({
            id,
            client,
            created: day(created),
            "last used": day(last_used),
          })),
        );
      }),
    );
  token
    .command("create")
    .argument("<user>")
    .option("--label <text>", "what the token is for", "made by the operator")
    .description("make a token, shown only now")
    .action((name: string, { label }: { label: string }, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        const answer = await session.ask({ command: "create_token", user: uuid, client: label });
        session.say(`Token of ${name}, shown only now: ${answer["token"]}`, {
          user: uuid,
          token: answer["token"],
        });
      }),
    );
  token
    .command("revoke")
    .argument("<user>")
    .argument("<id>")
    .description("end a token")
    .action((name: string, id: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "user", name);
        await session.ask({ command: "revoke_user_token", user: uuid, id: Number(id) });
        session.say(`Token ${id} of ${name} is ended`, { user: uuid, id: Number(id) });
      }),
    );
  return token;
}
