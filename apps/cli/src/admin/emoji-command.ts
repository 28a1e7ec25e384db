import { readFile } from "node:fs/promises";
import { AdminError } from "@asterite/aster-server";
import { Command } from "commander";
import { type AdminSession, administer } from "./run-admin-command.ts";

const listOf = async (session: AdminSession): Promise<[name: string, uuid: number][]> =>
  (await session.ask({ command: "list_emoji" }))["data"] as [string, number][];

async function readPicture(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString("base64");
  } catch (error) {
    throw new AdminError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** `asterite admin emoji`. */
export function emojiCommand(): Command {
  const emoji = new Command("emoji").description("Custom emoji.");
  emoji
    .command("list")
    .description("list all emoji")
    .action((_options, self: Command) =>
      administer(self, async (session) => {
        session.table((await listOf(session)).map(([name, uuid]) => ({ uuid, name })));
      }),
    );
  emoji
    .command("create")
    .argument("<name>")
    .argument("<file>", "PNG file")
    .description("add an emoji")
    .action((name: string, file: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await session.ask({ command: "create_emoji", name, data: await readPicture(file) });
        session.say(`Created ${name} (${uuid})`, { uuid, name });
      }),
    );
  emoji
    .command("delete")
    .argument("<name>", "name or number")
    .description("delete an emoji")
    .action((name: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const [found] = (await listOf(session)).filter((entry) => entry.map(String).includes(name));
        if (!found) throw new AdminError(`there is no emoji ${name}`);
        await session.ask({ command: "delete_emoji", uuid: found[1] });
        session.say(`Deleted ${name}`, { uuid: found[1] });
      }),
    );
  return emoji;
}
