import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess } from "../store/store.ts";
import { recordEvent } from "./announce.ts";
import { type Call, exclusive, type HandlerTable } from "./handler.ts";
import { refuse, refusePicture, refuseText } from "./refusals.ts";

/** Limit of custom emoji. Every change of one is pushed as the whole list. */
const maxEmoji = 500;

const listEmoji = async (tx: StoreAccess): Promise<[name: string, uuid: number][]> =>
  (await tx.server.listEmoji()).map(({ name, uuid }) => [name, uuid]);

async function announceEmoji(call: Call<"create_emoji" | "delete_emoji">, tx: StoreAccess): Promise<void> {
  const seq = await recordEvent(call, tx, "list_emoji");
  const packet = push("list_emoji", { data: await listEmoji(tx) }, seq);
  call.publish({ type: "everyone", extension: "admin" }, packet);
}

/** Commands on custom emoji. */
export const emojiCommands = {
  list_emoji: { read: async (_call, tx) => ({ data: await listEmoji(tx) }) },

  get_emoji: {
    read: async ({ fields }, tx) => {
      const emoji = await tx.server.getEmoji(fields.uuid);
      return emoji ? { data: emoji } : refuse.unknown("uuid");
    },
  },

  create_emoji: {
    prepare: async (call) => {
      const { name, data } = call.fields;
      const { limits } = call.server.settings;
      const refused = refuseText("name", name, limits.name) ?? (await refusePicture(data, limits.pfp));
      if (refused) return refused;
      return async (tx: StoreAccess) => {
        if ((await tx.server.listEmoji()).length >= maxEmoji) return refuse.quota("emoji", maxEmoji);
        const uuid = await tx.server.addEmoji({ name, data });
        await announceEmoji(call, tx);
        return { uuid };
      };
    },
  },

  delete_emoji: exclusive(async (call, tx) => {
    if (!(await tx.server.removeEmoji(call.fields.uuid))) return refuse.unknown("uuid");
    await announceEmoji(call, tx);
    return {};
  }),
} satisfies HandlerTable;
