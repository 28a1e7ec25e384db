import { type PermissionName, Permissions, permissionNames } from "@asterite/aster-protocol";
import { AdminError } from "@asterite/aster-server";
import { Command, InvalidArgumentError } from "commander";
import { all, find } from "./lookup.ts";
import { administer } from "./run-admin-command.ts";

const collect = (given: string, earlier: readonly PermissionName[] = []): PermissionName[] => {
  const name = given === "all" ? undefined : permissionNames.find((permission) => permission === given);
  if (given === "all") return [...permissionNames];
  if (!name) throw new InvalidArgumentError(`It must be all or one of: ${permissionNames.join(", ")}.`);
  return [...earlier, name];
};

const colour = (given: string): number => {
  if (!/^#?[0-9a-f]{6}$/i.test(given)) throw new InvalidArgumentError("It must be like ff8800.");
  return Number.parseInt(given.replace("#", ""), 16);
};

interface GroupOptions {
  readonly allow?: readonly PermissionName[];
  readonly deny?: readonly PermissionName[];
  readonly colour?: number;
  readonly position?: string;
}

const withOptions = (command: Command): Command =>
  command
    .option(
      "--allow <permission>",
      `grant a permission, again for more: all, ${permissionNames.join(", ")}`,
      collect,
    )
    .option("--deny <permission>", "deny a permission, again for more", collect)
    .option("--colour <rrggbb>", "colour of the group", colour)
    .option("--position <number>", "rank; 0 is the highest");

const permissionsOf = ({ allow = [], deny = [] }: GroupOptions): number[] =>
  Permissions.of({
    ...Object.fromEntries(allow.map((name) => [name, "allow"])),
    ...Object.fromEntries(deny.map((name) => [name, "deny"])),
  }).toBytes();

const positionOf = ({ position }: GroupOptions): number | undefined => {
  if (position === undefined) return undefined;
  if (!/^\d+$/.test(position)) throw new AdminError("--position must be an integer, 0 or larger");
  return Number(position);
};

/** `asterite admin group`. */
export function groupCommand(): Command {
  const group = new Command("group").description("Groups; NAME can also be a group's number.");
  group
    .command("list")
    .description("list all groups, highest rank first")
    .action((_options, self: Command) =>
      administer(self, async (session) => {
        const groups = (await all(session, "group")) as {
          uuid: number;
          name: string;
          position: number;
          permissions?: number[];
        }[];
        session.table(
          groups
            .toSorted((a, b) => a.position - b.position)
            .map(({ uuid, name, position, permissions = [] }) => {
              const set = Permissions.fromBytes(permissions);
              const having = (value: string) =>
                permissionNames.filter((permission) => set.get(permission) === value);
              return {
                position,
                uuid,
                name,
                allows: having("allow").join(" "),
                denies: having("deny").join(" "),
              };
            }),
        );
      }),
    );
  withOptions(group.command("create").argument("<name>").description("create a group")).action(
    (name: string, options: GroupOptions, self: Command) =>
      administer(self, async (session) => {
        const end = (await all(session, "group")).length;
        const { uuid } = await session.ask({
          command: "create_group",
          name,
          permissions: permissionsOf(options),
          colour: options.colour ?? 0,
          position: positionOf(options) ?? end,
        });
        session.say(`Created ${name} (${uuid})`, { uuid, name });
      }),
  );
  withOptions(
    group
      .command("update")
      .argument("<name>")
      .option("--name <text>", "new name")
      .description("change a group"),
  ).action((name: string, options: GroupOptions & { name?: string }, self: Command) =>
    administer(self, async (session) => {
      const { uuid } = await find(session, "group", name);
      const changesPermissions = options.allow !== undefined || options.deny !== undefined;
      await session.ask({
        command: "update_group",
        uuid,
        name: options.name,
        colour: options.colour,
        position: positionOf(options),
        permissions: changesPermissions ? permissionsOf(options) : undefined,
      });
      session.say(`Changed ${options.name ?? name}`, { uuid });
    }),
  );
  group
    .command("delete")
    .argument("<name>")
    .description("delete a group, with its memberships and overrides")
    .action((name: string, _options: unknown, self: Command) =>
      administer(self, async (session) => {
        const { uuid } = await find(session, "group", name);
        await session.ask({ command: "delete_group", uuid });
        session.say(`Deleted ${name}`, { uuid });
      }),
    );
  return group;
}
