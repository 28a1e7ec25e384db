import { type ExtensionName, offeredExtensions } from "@asterite/aster-protocol";
import { Access, operatorId } from "../access.ts";
import { registrationModeFor } from "../auth/registration-mode.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess } from "../store/store.ts";
import { serverVersion } from "../version.ts";
import { announceAccess, recordEvent } from "./announce.ts";
import { refuseGrants } from "./grants.ts";
import { exclusive, type HandlerTable } from "./handler.ts";
import { refuse, refusePicture, refuseText } from "./refusals.ts";

/** Commands about the server itself. */
export const serverCommands = {
  ping: { answer: () => ({}) },
  // The client closes the socket itself after the reply.
  leave: { answer: () => ({}) },
  get_name: { answer: ({ server }) => ({ data: server.identity.name }) },
  get_icon: { answer: ({ server }) => ({ data: server.identity.icon }) },

  // Exclusive because the next request depends on it, and read-only because thousands may arrive at once.
  hello: {
    prepare: ({ fields, session, server, afterCommit }) => ({
      read: async (tx) => {
        const requested = new Set(fields.extensions);
        const offered = offeredExtensions.filter((name) => name !== "files" || server.files);
        const extensions = new Set<ExtensionName>(offered.filter((name) => requested.has(name)));
        const { content, line, history, pfp } = server.settings.limits;
        const epoch = await tx.events.readEpoch();
        afterCommit(() => session.applyHello(fields.client, extensions));
        return {
          server: `asterite/${serverVersion}`,
          extensions: offered,
          limits: { content, line, history, pfp },
          registration: registrationModeFor(server.settings.registration, session),
          server_id: server.serverId,
          default_pfp_hash: server.settings.defaultPictureHash,
          epoch: epoch.id,
          ...(extensions.has("cursor") && { cursor: await tx.events.newestSeq(), forks: [...epoch.forks] }),
        };
      },
    }),
  },

  set_server: {
    prepare: async (call) => {
      const { name, icon } = call.fields;
      const { limits } = call.server.settings;
      const refused =
        (name !== undefined && refuseText("name", name, limits.name)) ||
        (icon !== undefined && (await refusePicture(icon, limits.pfp)));
      if (refused) return refused;
      return async (tx: StoreAccess) => {
        if (name !== undefined) {
          await tx.server.update({ name });
          const seq = await recordEvent(call, tx, "get_name");
          call.publish({ type: "everyone", extension: "admin" }, push("get_name", { data: name }, seq));
        }
        if (icon !== undefined) {
          await tx.server.update({ icon: Buffer.from(icon, "base64") });
          const seq = await recordEvent(call, tx, "get_icon");
          call.publish({ type: "everyone", extension: "admin" }, push("get_icon", { data: icon }, seq));
        }
        call.afterCommit(() => {
          const { identity } = call.server;
          call.server.identity = { name: name ?? identity.name, icon: icon ?? identity.icon };
        });
        return {};
      };
    },
  },

  get_base_permissions: { answer: ({ server }) => ({ permissions: server.access.base.toBytes() }) },

  set_base_permissions: exclusive(async (call, tx) => {
    const before = new Access(await tx.readAccessRules());
    if (call.user !== operatorId && !before.isTopRank(call.user)) return refuse.rank();
    await tx.server.update({ base: call.fields.permissions });
    const escalation = await refuseGrants(call.user, before, tx);
    if (escalation) return escalation;
    // Base permissions affect which channels a user can see.
    await announceAccess(call, tx, "list_channels");
    return {};
  }),
} satisfies HandlerTable;
