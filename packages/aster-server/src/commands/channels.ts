import { isBlank, type Permissions, Status } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import type { Entity, StoredOverride } from "../store/store.ts";
import { announceAccess } from "./announce.ts";
import { alone, type HandlerTable, refuse } from "./handler.ts";
import { arrange, endOf } from "./positions.ts";
import { wireChannels } from "./wire-format.ts";

const isGoodName = (name: string, longest: number): boolean => !isBlank(name) && name.length <= longest;

/** Overrides as they are stored; their keys were checked with the request's shape. */
const storedOverrides = (
  overrides: Readonly<Record<string, Permissions>>,
): Omit<StoredOverride, "channel">[] =>
  Object.entries(overrides).map(([key, permissions]) => {
    const [kind, uuid] = key.split(":");
    const entity: Entity = { type: kind === "user" ? "user" : "group", uuid: Number(uuid) };
    return { entity, permissions };
  });

/** Channels. What they see of each other is read in the transaction, because neighbours in it may change it. */
export const channelCommands = {
  list_channels: { read: ({ server, user }) => ({ data: wireChannels(server.access, user) }) },

  create_channel: alone(async (call, tx) => {
    const { name, position, permissions, slow_seconds = 0 } = call.fields;
    const { channels } = new Access(await tx.readAccessRules());
    if (!isGoodName(name, call.server.settings.limits.name)) return refuse(Status.Malformed);
    const end = endOf(channels);
    if (position !== undefined && position > end) return refuse(Status.Malformed);
    const uuid = await tx.channels.add({ name, position: end });
    const places = arrange([...channels, { uuid, position: end }], uuid, position ?? end);
    await tx.channels.setPositions(places);
    await tx.channels.setOverrides(uuid, storedOverrides(permissions));
    if (slow_seconds > 0) await tx.channels.setSlowSeconds(uuid, slow_seconds);
    await announceAccess(call, tx, "list_channels");
    return { uuid };
  }),

  update_channel: alone(async (call, tx) => {
    const { uuid, name, position, permissions, slow_seconds } = call.fields;
    const { channels } = new Access(await tx.readAccessRules());
    if (!channels.some((channel) => channel.uuid === uuid)) return refuse(Status.NotFound);
    if (name !== undefined && !isGoodName(name, call.server.settings.limits.name))
      return refuse(Status.Malformed);
    if (position !== undefined && position >= endOf(channels)) return refuse(Status.Malformed);
    if (name !== undefined) await tx.channels.rename(uuid, name);
    if (position !== undefined) await tx.channels.setPositions(arrange(channels, uuid, position));
    if (permissions !== undefined) await tx.channels.setOverrides(uuid, storedOverrides(permissions));
    if (slow_seconds !== undefined) await tx.channels.setSlowSeconds(uuid, slow_seconds);
    await announceAccess(call, tx, "list_channels");
    return {};
  }),

  delete_channel: alone(async (call, tx) => {
    const { channel: uuid } = call.fields;
    const { channels } = new Access(await tx.readAccessRules());
    if (!channels.some((channel) => channel.uuid === uuid)) return refuse(Status.NotFound);
    await tx.channels.remove(uuid);
    await tx.channels.setPositions(arrange(channels, uuid, undefined));
    await announceAccess(call, tx, "list_channels");
    return {};
  }),
} satisfies HandlerTable;
