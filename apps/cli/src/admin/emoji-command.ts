import { readFile } from "node:fs/promises";
import { AdminError } from "@asterite/aster-server";
import { Command } from "commander";
import { type AdminSession, runAdminCommand } from "./run-admin-command.ts";

const listEmoji = async (session: AdminSession): Promise<[name: string, uuid: number][]> =>
  (await session.request({ command: "list_emoji" }))["data"] as [string, number][];

async function readPicture(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString("base64");
  } catch (error) {
    throw new AdminError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Creates `asterite admin emoji`. */
export function emojiCommand(): Command {
  const emoji = new Command("emoji").description("Manage custom emoji.");
  emoji
    .command("list")
    .description("list all emoji")
    .action((_options, self: Command) =>
      runAdminCommand(self, async (session) => {
        session.printTable((await listEmoji(session)).map(([name, uuid]) => ({ uuid, name })));
      }),
    );
  emoji
    .command("create")
    .argument("<name>")
    .argument("<file>", "PNG file")
    .description("add an emoji")
    .action((name: string, file: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await session.request({
          command: "create_emoji",
          name,
          data: await readPicture(file),
        });
        session.printResult(`Created ${name} (${uuid})`, { uuid, name });
      }),
    );
  emoji
    .command("delete")
    .argument("<name>", "name or UUID")
    .description("delete an emoji")
    .action((name: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const [found] = (await listEmoji(session)).filter((entry) => entry.map(String).includes(name));
        if (!found) throw new AdminError(`no such emoji: ${name}`);
        await session.request({ command: "delete_emoji", uuid: found[1] });
        session.printResult(`Deleted ${name}`, { uuid: found[1] });
      }),
    );
  return emoji;
}
