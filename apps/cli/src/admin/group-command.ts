import { type PermissionName, Permissions, permissionNames } from "@asterite/aster-protocol";
import { AdminError } from "@asterite/aster-server";
import { Command, InvalidArgumentError } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { runAdminCommand } from "./run-admin-command.ts";

const collectPermissions = (given: string, earlier: readonly PermissionName[] = []): PermissionName[] => {
  const name = given === "all" ? undefined : permissionNames.find((permission) => permission === given);
  if (given === "all") return [...permissionNames];
  if (!name) throw new InvalidArgumentError(`Must be all or one of: ${permissionNames.join(", ")}.`);
  return [...earlier, name];
};

const parseColour = (given: string): number => {
  if (!/^#?[0-9a-f]{6}$/i.test(given))
    throw new InvalidArgumentError("Must be six hexadecimal digits such as ff8800.");
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
      `allow a permission, can be repeated: all, ${permissionNames.join(", ")}`,
      collectPermissions,
    )
    .option("--deny <permission>", "deny a permission, can be repeated", collectPermissions)
    .option("--colour <rrggbb>", "colour of the group", parseColour)
    .option("--position <number>", "position in the list; 0 is the highest rank");

const permissionsOf = ({ allow = [], deny = [] }: GroupOptions): number[] =>
  Permissions.of({
    ...Object.fromEntries(allow.map((name) => [name, "allow"])),
    ...Object.fromEntries(deny.map((name) => [name, "deny"])),
  }).toBytes();

const positionOf = ({ position }: GroupOptions): number | undefined => {
  if (position === undefined) return undefined;
  if (!/^\d+$/.test(position)) throw new AdminError("--position must be an integer, at least 0");
  return Number(position);
};

/** Creates `asterite admin group`. */
export function groupCommand(): Command {
  const group = new Command("group").description("Manage groups. NAME can be a name or UUID.");
  group
    .command("list")
    .description("list all groups, highest rank first")
    .action((_options, self: Command) =>
      runAdminCommand(self, async (session) => {
        const groups = (await listAll(session, "group")) as {
          uuid: number;
          name: string;
          position: number;
          permissions?: number[];
        }[];
        session.printTable(
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
      runAdminCommand(self, async (session) => {
        const end = (await listAll(session, "group")).length;
        const { uuid } = await session.request({
          command: "create_group",
          name,
          permissions: permissionsOf(options),
          colour: options.colour ?? 0,
          position: positionOf(options) ?? end,
        });
        session.printResult(`Created ${name} (${uuid})`, { uuid, name });
      }),
  );
  withOptions(
    group
      .command("update")
      .argument("<name>")
      .option("--name <text>", "new name")
      .description("update a group"),
  ).action((name: string, options: GroupOptions & { name?: string }, self: Command) =>
    runAdminCommand(self, async (session) => {
      const { uuid } = await findOne(session, "group", name);
      const changesPermissions = options.allow !== undefined || options.deny !== undefined;
      await session.request({
        command: "update_group",
        uuid,
        name: options.name,
        colour: options.colour,
        position: positionOf(options),
        permissions: changesPermissions ? permissionsOf(options) : undefined,
      });
      session.printResult(`Updated ${options.name ?? name}`, { uuid });
    }),
  );
  group
    .command("delete")
    .argument("<name>")
    .description("delete a group including its memberships and overrides")
    .action((name: string, _options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { uuid } = await findOne(session, "group", name);
        await session.request({ command: "delete_group", uuid });
        session.printResult(`Deleted ${name}`, { uuid });
      }),
    );
  return group;
}
