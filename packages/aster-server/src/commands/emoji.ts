import { isBlank, Status } from "@asterite/aster-protocol";
import { push } from "../hub/outgoing-packet.ts";
import { checkPicture } from "../pictures/pictures.ts";
import type { StoreAccess } from "../store/store.ts";
import { record } from "./announce.ts";
import { alone, type Call, type HandlerTable, refuse } from "./handler.ts";

const listOf = async (tx: StoreAccess): Promise<[name: string, uuid: number][]> =>
  (await tx.server.listEmoji()).map(({ name, uuid }) => [name, uuid]);

async function announceEmoji(call: Call<"create_emoji" | "delete_emoji">, tx: StoreAccess): Promise<void> {
  const seq = await record(call, tx, "list_emoji");
  const packet = push("list_emoji", { data: await listOf(tx) }, seq);
  call.publish({ kind: "everyone", extension: "admin" }, packet);
}

/** Custom emoji. */
export const emojiCommands = {
  list_emoji: { read: async (_call, tx) => ({ data: await listOf(tx) }) },

  get_emoji: {
    read: async ({ fields }, tx) => {
      const emoji = await tx.server.getEmoji(fields.uuid);
      return emoji ? { data: emoji } : refuse(Status.NotFound);
    },
  },

  create_emoji: {
    prepare: async (call) => {
      const { name, data } = call.fields;
      const { limits } = call.server.settings;
      if (isBlank(name) || name.length > limits.name || !(await checkPicture(data, limits.pfp))) {
        return refuse(Status.Malformed);
      }
      return async (tx: StoreAccess) => {
        const uuid = await tx.server.addEmoji({ name, data });
        await announceEmoji(call, tx);
        return { uuid };
      };
    },
  },

  delete_emoji: alone(async (call, tx) => {
    if (!(await tx.server.removeEmoji(call.fields.uuid))) return refuse(Status.NotFound);
    await announceEmoji(call, tx);
    return {};
  }),
} satisfies HandlerTable;
