import { Command, InvalidArgumentError } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { runAdminCommand } from "./run-admin-command.ts";

const parseWholeNumber = (given: string): number => {
  if (!/^\d+$/.test(given)) throw new InvalidArgumentError("Must be an integer, at least 0.");
  return Number(given);
};

interface ChannelOptions {
  readonly name?: string;
  readonly position?: number;
  readonly slow?: number;
}

const withOptions = (command: Command): Command =>
  command
    .option("--position <number>", "position in the list; 0 is the top", parseWholeNumber)
    .option("--slow <seconds>", "slow mode interval in seconds; 0 = off", parseWholeNumber);

/** Creates `asterite admin channel`. */
export function channelCommand(): Command {
  const channel = new Command("channel").description("Manage channels. NAME can be a name or UUID.");
  channel
    .command("list")
    .description("list all channels in order")
    .action((_options, self: Command) =>
      runAdminCommand(self, async (session) => {
        const channels = await listAll(session, "channel");
        session.printTable(channels.map(({ position, uuid, name }) => ({ position, uuid, name })));
      }),
    );
  withOptions(channel.command("create").argument("<name>").description("create a channel")).action(
    (name: string, { position, slow }: ChannelOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const request = { command: "create_channel", name, permissions: {}, position, slow_seconds: slow };
        const { uuid } = await session.request(request);
        session.printResult(`Created ${name} (${uuid})`, { uuid, name });
      }),
  );
  withOptions(
    channel
      .command("update")
      .argument("<name>")
      .option("--name <text>", "new name")
      .description("update a channel"),
  ).action((name: string, options: ChannelOptions, self: Command) =>
    runAdminCommand(self, async (session) => {
      const { uuid } = await findOne(session, "channel", name);
      const { name: newName, position, slow } = options;
      await session.request({ command: "update_channel", uuid, name: newName, position, slow_seconds: slow });
      session.printResult(`Updated ${newName ?? name}`, { uuid });
    }),
  );
  channel
    .command("delete")
    .argument("<name>")
    .description("delete a channel; its messages stay in the database but are hidden")
    .action((name: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "channel", name);
        await session.request({ command: "delete_channel", channel: uuid });
        session.printResult(`Deleted ${name}`, { uuid });
      }),
    );
  channel
    .command("remove-overrides")
    .description(
      "remove the channel permissions of all users and groups, which the reference server cannot read",
    )
    .action((_options, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { removed } = await session.request({ command: "remove_overrides" });
        session.printResult(`Removed ${Number(removed)} channel permissions`, { removed });
      }),
    );
  return channel;
}
