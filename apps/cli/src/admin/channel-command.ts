import { Command, InvalidArgumentError } from "commander";
import { all, find } from "./lookup.ts";
import { administer } from "./run-admin-command.ts";

const wholeNumber = (given: string): number => {
  if (!/^\d+$/.test(given)) throw new InvalidArgumentError("It must be an integer, 0 or larger.");
  return Number(given);
};

interface ChannelOptions {
  readonly name?: string;
  readonly position?: number;
  readonly slow?: number;
}

const withOptions = (command: Command): Command =>
  command
    .option("--position <number>", "place in the list; 0 is the topmost", wholeNumber)
    .option("--slow <seconds>", "seconds that a user waits between two messages; 0 for none", wholeNumber);

/** `asterite admin channel`. */
export function channelCommand(): Command {
  const channel = new Command("channel").description("Channels; NAME can also be a channel's number.");
  channel
    .command("list")
    .description("list all channels in order")
    .action((_options, self: Command) =>
      administer(self, async (session) => {
        const channels = await all(session, "channel");
        session.table(channels.map(({ position, uuid, name }) => ({ position, uuid, name })));
      }),
    );
  withOptions(channel.command("create").argument("<name>").description("create a channel")).action(
    (name: string, { position, slow }: ChannelOptions, self: Command) =>
      administer(self, async (session) => {
        const request = { command: "create_channel", name, permissions: {}, position, slow_seconds: slow };
        const { uuid } = await session.ask(request);
        session.say(`Created ${name} (${uuid})`, { uuid, name });
      }),
  );
  withOptions(
    channel
      .command("update")
      .argument("<name>")
      .option("--name <text>", "new name")
      .description("change a channel"),
  ).action((name: string, options: ChannelOptions, self: Command) =>
    administer(self, async (session) => {
      const { uuid } = await find(session, "channel", name);
      const { name: newName, position, slow } = options;
      await session.ask({ command: "update_channel", uuid, name: newName, position, slow_seconds: slow });
      session.say(`Changed ${newName ?? name}`, { uuid });
    }),
  );
  channel
    .command("delete")
    .argument("<name>")
    .description("delete a channel; its messages stay in the database but are not shown")
    .action((name: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "channel", name);
        await session.ask({ command: "delete_channel", channel: uuid });
        session.say(`Deleted ${name}`, { uuid });
      }),
    );
  return channel;
}
