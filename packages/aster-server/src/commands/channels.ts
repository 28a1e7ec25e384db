import type { Permissions } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import type { Entity, StoredOverride } from "../store/store.ts";
import { announceAccess } from "./announce.ts";
import { refuseGrants } from "./grants.ts";
import { exclusive, type HandlerTable } from "./handler.ts";
import { nextPosition, reorder } from "./positions.ts";
import { type Refusal, refuse, refuseText } from "./refusals.ts";
import { toWireChannels } from "./wire-format.ts";

/** Limits of channels, and of overrides of one. Every change of one is pushed to all users as the whole list. */
const maxChannels = 500;
const maxOverrides = 500;

/** Refuses more overrides of a channel than the limit. */
const refuseOverrides = (overrides: object | undefined): Refusal | undefined =>
  Object.keys(overrides ?? {}).length > maxOverrides ? refuse.quota("overrides", maxOverrides) : undefined;

/** Converts overrides from their wire format. The request's shape guarantees valid keys. */
const toStoredOverrides = (
  overrides: Readonly<Record<string, Permissions>>,
): Omit<StoredOverride, "channel">[] =>
  Object.entries(overrides).map(([key, permissions]) => {
    const [kind, uuid] = key.split(":");
    const entity: Entity = { type: kind === "user" ? "user" : "group", uuid: Number(uuid) };
    return { entity, permissions };
  });

/**
 * Commands on channels. They read the channels in the transaction, because other units of work in the same
 * commit may change them. A channel that the user cannot see does not exist for them, and no override grants
 * a permission that its author lacks.
 */
export const channelCommands = {
  list_channels: { read: ({ server, user }) => ({ data: toWireChannels(server.access, user) }) },

  create_channel: exclusive(async (call, tx) => {
    const { name, position, permissions, slow_seconds = 0 } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const { channels } = access;
    const refused =
      refuseText("name", name, call.server.settings.limits.name) ?? refuseOverrides(permissions);
    if (refused) return refused;
    if (channels.length >= maxChannels) return refuse.quota("channels", maxChannels);
    const end = nextPosition(channels);
    if (position !== undefined && position > end) return refuse.invalid("position");
    const uuid = await tx.channels.add({ name, position: end });
    const positions = reorder([...channels, { uuid, position: end }], uuid, position ?? end);
    await tx.channels.setPositions(positions);
    await tx.channels.setOverrides(uuid, toStoredOverrides(permissions));
    if (slow_seconds > 0) await tx.channels.setSlowSeconds(uuid, slow_seconds);
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    await announceAccess(call, tx, "list_channels");
    return { uuid };
  }),

  update_channel: exclusive(async (call, tx) => {
    const { uuid, name, position, permissions, slow_seconds } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const { channels } = access;
    if (!access.canSee(uuid, call.user)) return refuse.unknown("uuid");
    const nameRefused = name !== undefined && refuseText("name", name, call.server.settings.limits.name);
    const refused = nameRefused || refuseOverrides(permissions);
    if (refused) return refused;
    if (position !== undefined && position >= nextPosition(channels)) return refuse.invalid("position");
    if (name !== undefined) await tx.channels.rename(uuid, name);
    if (position !== undefined) await tx.channels.setPositions(reorder(channels, uuid, position));
    if (permissions !== undefined) await tx.channels.setOverrides(uuid, toStoredOverrides(permissions));
    if (slow_seconds !== undefined) await tx.channels.setSlowSeconds(uuid, slow_seconds);
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    await announceAccess(call, tx, "list_channels");
    return {};
  }),

  delete_channel: exclusive(async (call, tx) => {
    const { channel: uuid } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const { channels } = access;
    if (!access.canSee(uuid, call.user)) return refuse.unknown("channel");
    await tx.channels.remove(uuid);
    await tx.channels.setPositions(reorder(channels, uuid, undefined));
    await announceAccess(call, tx, "list_channels");
    return {};
  }),
} satisfies HandlerTable;
