import { Command, InvalidArgumentError } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { formatTime, runAdminCommand } from "./run-admin-command.ts";

const daySeconds = 86_400;

const parsePositive = (given: string): number => {
  if (!/^[1-9]\d*$/.test(given)) throw new InvalidArgumentError("Must be an integer of at least 1.");
  return Number(given);
};

const collect = (given: string, earlier: readonly string[] = []): string[] => [...earlier, given];

/** Adds the default port to an address without one. An address in brackets is IPv6. */
const withPort = (address: string): string =>
  /:\d+$/.test(address) && !/^[^[].*:.*:/.test(address) ? address : `${address}:2345`;

interface InviteOptions {
  readonly uses?: number;
  readonly days?: number;
  readonly group?: readonly string[];
  readonly address: string;
}

interface Invite {
  readonly id: number;
  readonly author: number;
  readonly groups: readonly number[];
  readonly expires: number;
  readonly uses_left: number;
}

/** Creates `asterite admin invite`. */
export function inviteCommand(): Command {
  const invite = new Command("invite").description("Manage invites, with which accounts can be registered.");
  invite
    .command("create")
    .option("--uses <number>", "registrations, at most 1000 (default: 1)", parsePositive)
    .option("--days <number>", "days until it expires, at most 366 (default: 7)", parsePositive)
    .option("--group <name>", "group of the new accounts, can be repeated", collect)
    .option("--address <host[:port]>", "address of the server in the link", "localhost:2345")
    .description("create an invite and print its link once")
    .action(({ uses, days, group = [], address }: InviteOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const groups = [];
        for (const name of group) groups.push((await findOne(session, "group", name)).uuid);
        const expires = days === undefined ? undefined : Math.floor(Date.now() / 1000) + days * daySeconds;
        const reply = await session.request({ command: "create_invite", uses, expires, groups });
        const link = `https://${withPort(address)}/#invite=${reply["invite"]}`;
        const until = formatTime(Number(reply["expires"]));
        session.printResult(`Invite ${reply["id"]}, valid until ${until} (shown only once): ${link}`, {
          id: reply["id"],
          invite: reply["invite"],
          link,
          expires: reply["expires"],
        });
      }),
    );
  invite
    .command("list")
    .description("list open invites")
    .action((_options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { data } = await session.request({ command: "list_invites" });
        const users = new Map((await listAll(session, "user")).map(({ uuid, name }) => [uuid, name]));
        const groups = new Map((await listAll(session, "group")).map(({ uuid, name }) => [uuid, name]));
        session.printTable(
          (data as Invite[]).map(({ id, author, groups: granted, expires, uses_left }) => ({
            id,
            author: users.get(author) ?? "operator",
            "uses left": uses_left,
            "valid until": formatTime(expires),
            groups: granted.map((uuid) => groups.get(uuid) ?? uuid).join(", "),
          })),
        );
      }),
    );
  invite
    .command("revoke")
    .argument("<id>")
    .description("revoke an invite")
    .action((id: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        await session.request({ command: "revoke_invite", id: Number(id) });
        session.printResult(`Revoked invite ${id}`, { id: Number(id) });
      }),
    );
  return invite;
}
