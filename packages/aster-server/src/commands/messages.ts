import { isBlank, type Message, Status } from "@asterite/aster-protocol";
import { push } from "../hub/outgoing-packet.ts";
import type { StoreAccess } from "../store/store.ts";
import { record } from "./announce.ts";
import { type Call, type HandlerTable, refuse } from "./handler.ts";

/** Most results of one search. */
const searchLimit = 100;

/** How long the user still has to wait in a slow channel, in milliseconds; 0 where the wait begins anew. */
function slowDownMs({ server, user }: Call<"send">, tx: StoreAccess, channel: number): Promise<number> {
  const { slowSeconds = 0 } = server.access.channel(channel) ?? {};
  if (slowSeconds === 0 || server.access.allowsIn(channel, user, "manage_messages")) {
    return Promise.resolve(0);
  }
  return tx.cooldowns.tryStart(`slow:${user}:${channel}`, 1000 * slowSeconds);
}

/** The message, if it is there and the user may know of it. */
async function readable(call: Call<"send">, tx: StoreAccess, uuid: number): Promise<Message | undefined> {
  const message = await tx.messages.get(uuid);
  return message && call.server.access.mayRead(message.channel_uuid, call.user) ? message : undefined;
}

/** A sender that gave a nonce finds it in its own push, to recognise what it has shown already. */
function publishMessage(call: Call<"send">, message: Message, seq: number): void {
  const { nonce } = call.fields;
  const audience = { kind: "readers", channel: message.channel_uuid } as const;
  if (nonce === undefined) {
    call.publish(audience, push("content", message, seq));
    return;
  }
  call.publish({ ...audience, exceptUser: call.user }, push("content", message, seq));
  if (!call.server.access.mayRead(message.channel_uuid, call.user)) return;
  call.publish({ kind: "user", user: call.user, lacking: "nonce" }, push("content", message, seq));
  call.publish(
    { kind: "user", user: call.user, extension: "nonce" },
    push("content", { ...message, nonce }, seq),
  );
}

/** Talking, and reading what was said. */
export const messageCommands = {
  send: {
    write: async (call, tx) => {
      const { content, channel, reply, nonce } = call.fields;
      const { access, settings } = call.server;
      if (isBlank(content) || content.length > settings.limits.content) return refuse(Status.Malformed);
      if (!access.sees(channel, call.user)) return refuse(Status.NotFound);
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse(Status.Forbidden);
      if (reply !== undefined && !(await readable(call, tx, reply))) return refuse(Status.NotFound);
      const sent =
        nonce === undefined ? undefined : await tx.messages.findByNonce(call.user, nonce, call.date);
      if (sent !== undefined) return { message: sent, ...(nonce !== undefined && { nonce }) };
      const waitMs = await slowDownMs(call, tx, channel);
      if (waitMs > 0) return refuse(Status.Forbidden, { retry_after_ms: waitMs });
      const message = await tx.messages.add({
        content,
        author_uuid: call.user,
        channel_uuid: channel,
        date: call.date,
        reply: reply ?? null,
      });
      if (nonce !== undefined) await tx.messages.rememberNonce(call.user, nonce, message.uuid, call.date);
      publishMessage(call, message, await record(call, tx, "content", { channel, subject: message.uuid }));
      return { message: message.uuid, ...(nonce !== undefined && { nonce }) };
    },
  },

  history: {
    read: async (call, tx) => {
      const { num, channel, before_message: before } = call.fields;
      const { access, settings } = call.server;
      if (!access.sees(channel, call.user)) return refuse(Status.NotFound);
      if (!access.allowsIn(channel, call.user, "read_messages")) return refuse(Status.Forbidden);
      const limit = Math.min(num, settings.limits.history);
      const messages = await tx.messages.readPage({ channel, limit, before });
      return messages ? { data: messages } : refuse(Status.NotFound);
    },
  },

  edit: {
    write: async (call, tx) => {
      const { message: uuid, new_content } = call.fields;
      const message = await tx.messages.get(uuid);
      if (!message) return refuse(Status.NotFound);
      if (message.author_uuid !== call.user) return refuse(Status.Forbidden);
      if (new_content.length > call.server.settings.limits.content) return refuse(Status.Malformed);
      await tx.messages.edit(message, new_content);
      const channel = message.channel_uuid;
      const seq = await record(call, tx, "message_edited", { channel, subject: uuid });
      const packet = push("message_edited", { message: uuid, new_content, channel_uuid: channel }, seq);
      call.publish({ kind: "readers", channel }, packet);
      return {};
    },
  },

  delete: {
    write: async (call, tx) => {
      const { access } = call.server;
      const message = await tx.messages.get(call.fields.message);
      if (!message) return refuse(Status.NotFound);
      const channel = message.channel_uuid;
      if (!access.channel(channel)) return refuse(Status.NotFound);
      const isOwn = message.author_uuid === call.user;
      if (!isOwn && !access.allowsIn(channel, call.user, "manage_messages")) return refuse(Status.Forbidden);
      await tx.messages.remove(message);
      const seq = await record(call, tx, "message_deleted", { channel, subject: message.uuid });
      const packet = push("message_deleted", { message: message.uuid, channel_uuid: channel }, seq);
      call.publish({ kind: "readers", channel }, packet);
      return {};
    },
  },

  get_message: {
    read: async (call, tx) => {
      const message = await tx.messages.get(call.fields.message);
      return message && call.server.access.mayRead(message.channel_uuid, call.user)
        ? { data: message }
        : refuse(Status.NotFound);
    },
  },

  search: {
    prepare: async (call) => {
      const { query, channel, author, before, limit } = call.fields;
      const { access, scans } = call.server;
      if (isBlank(query)) return refuse(Status.Malformed);
      if (channel !== undefined && !access.mayRead(channel, call.user)) return refuse(Status.NotFound);
      const readableChannels = access.channels
        .map(({ uuid }) => uuid)
        .filter((uuid) => access.mayRead(uuid, call.user));
      const data = await scans.search({
        words: query,
        channels: channel === undefined ? readableChannels : [channel],
        author,
        before,
        limit: Math.min(limit, searchLimit),
      });
      return data ? () => ({ data }) : refuse(Status.NotFound);
    },
  },
} satisfies HandlerTable;
