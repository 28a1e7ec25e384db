import { isBlank, type Message } from "@asterite/aster-protocol";
import { type FiledMessage, shownMessage, withFiles } from "../files/files.ts";
import { push } from "../hub/outgoing-packet.ts";
import { maxPageBytes } from "../store/limits.ts";
import type { SearchQuery, StoreAccess } from "../store/store.ts";
import { recordEvent } from "./announce.ts";
import { editPushes, formsOf, readUploads } from "./files.ts";
import type { Call, HandlerTable } from "./handler.ts";
import { Refusal, refuse, refuseText } from "./refusals.ts";
import { SearchStoppedError } from "./searches.ts";

/** Limit of results of one search. */
const maxSearchResults = 100;
/** Limit of the text to search for, in UTF-16 code units. Each word of it costs a look into the index. */
const maxQueryLength = 256;

/** Returns the ms until the user may send to a channel in slow mode; 0 starts the next interval. */
function slowModeWaitMs({ server, user }: Call<"send">, tx: StoreAccess, channel: number): Promise<number> {
  const { slowSeconds = 0 } = server.access.channel(channel) ?? {};
  if (slowSeconds === 0 || server.access.allowsIn(channel, user, "manage_messages")) {
    return Promise.resolve(0);
  }
  return tx.cooldowns.tryStart(`slow:${user}:${channel}`, { cooldownMs: 1000 * slowSeconds });
}

/** Returns the message if it exists and the user may read it. */
async function findReadableMessage(
  call: Call<"send" | "history" | "search">,
  tx: StoreAccess,
  uuid: number,
): Promise<Message | undefined> {
  const message = await tx.messages.get(uuid);
  return message && call.server.access.canRead(message.channel_uuid, call.user) ? message : undefined;
}

/** Returns messages with their files as the connection sees them. */
async function toShown<Given extends Message>(
  { server, session }: Call<"history" | "get_message" | "search">,
  tx: StoreAccess,
  messages: readonly Given[],
): Promise<(Given & Message)[]> {
  const { files } = server;
  if (!files) return [...messages];
  const hasFiles = session.extensions.has("files");
  return (await withFiles(tx, messages)).map((message) => shownMessage(files, message, hasFiles));
}

/** Publishes a message in the forms for connections with files and without. */
function publishMessage(call: Call<"send">, message: FiledMessage, seq: number): void {
  for (const form of formsOf(call.server.files, message)) publishForm(call, form.message, seq, form.filter);
}

/**
 * Publishes a message. The sender's push carries its nonce, so that the client recognises its own message.
 *
 * @param form - Connections that receive it.
 */
function publishForm(
  call: Call<"send">,
  message: Message,
  seq: number,
  form: { readonly files?: boolean },
): void {
  const { nonce } = call.fields;
  const audience = { type: "readers", channel: message.channel_uuid, ...form } as const;
  if (nonce === undefined) {
    call.publish(audience, push("content", message, seq));
    return;
  }
  call.publish({ ...audience, exceptUser: call.user }, push("content", message, seq));
  if (!call.server.access.canRead(message.channel_uuid, call.user)) return;
  const own = { type: "user", user: call.user, ...form } as const;
  call.publish({ ...own, lacking: "nonce" }, push("content", message, seq));
  call.publish({ ...own, extension: "nonce" }, push("content", { ...message, nonce }, seq));
}

/** Commands on messages. */
export const messageCommands = {
  send: {
    write: async (call, tx) => {
      const { content, channel, reply, nonce, attachments = [] } = call.fields;
      const { access, settings } = call.server;
      const isOnlyFiles = content === "" && attachments.length > 0;
      const refused = isOnlyFiles ? undefined : refuseText("content", content, settings.limits.content);
      if (refused) return refused;
      if (!access.canSee(channel, call.user)) return refuse.unknown("channel");
      if (!access.allowsIn(channel, call.user, "send_messages")) return refuse.permission("send_messages");
      if (reply !== undefined && !(await findReadableMessage(call, tx, reply)))
        return refuse.unknown("reply");
      const sent =
        nonce === undefined ? undefined : await tx.messages.findByNonce(call.user, nonce, call.date);
      if (sent !== undefined) return { message: sent, ...(nonce !== undefined && { nonce }) };
      const uploads = await readUploads(call, tx);
      if (uploads instanceof Refusal) return uploads;
      const waitMs = await slowModeWaitMs(call, tx, channel);
      if (waitMs > 0) return refuse.slowMode(waitMs);
      const message = await tx.messages.add({
        content,
        author_uuid: call.user,
        channel_uuid: channel,
        date: call.date,
        reply: reply ?? null,
      });
      if (nonce !== undefined) await tx.messages.rememberNonce(call.user, nonce, message.uuid, call.date);
      for (const [place, { id }] of uploads.entries()) await tx.files.attach(id, message.uuid, place);
      const files = uploads.map(({ id, name, type, size }) => ({ id, name, type, size }));
      publishMessage(
        call,
        files.length > 0 ? { ...message, attachments: files } : message,
        await recordEvent(call, tx, "content", { channel, subject: message.uuid }),
      );
      return { message: message.uuid, ...(nonce !== undefined && { nonce }) };
    },
  },

  history: {
    read: async (call, tx) => {
      const { num, channel, before_message: before } = call.fields;
      const { access, settings } = call.server;
      if (!access.canSee(channel, call.user)) return refuse.unknown("channel");
      if (!access.allowsIn(channel, call.user, "read_messages")) return refuse.permission("read_messages");
      // A hidden message is refused like one that does not exist.
      if (before !== undefined && !(await findReadableMessage(call, tx, before)))
        return refuse.unknown("before_message");
      const limit = Math.min(num, settings.limits.history);
      const query = { channel, limit, before, maxBytes: maxPageBytes };
      const messages = await tx.messages.readPage(query);
      return messages ? { data: await toShown(call, tx, messages) } : refuse.unknown("before_message");
    },
  },

  edit: {
    write: async (call, tx) => {
      const { message: uuid, new_content } = call.fields;
      const { access, settings } = call.server;
      const message = await tx.messages.get(uuid);
      const channel = message?.channel_uuid ?? 0;
      // As upstream, messages of a deleted channel, which no client can read, can be edited.
      const isDeleted = access.channel(channel) === undefined;
      if (!message || !(isDeleted || access.canSee(channel, call.user))) return refuse.unknown("message");
      if (message.author_uuid !== call.user) return refuse.notAuthor();
      if (!isDeleted && !access.allowsIn(channel, call.user, "send_messages")) {
        return refuse.permission("send_messages");
      }
      const refused = refuseText("new_content", new_content, settings.limits.content);
      if (refused) return refused;
      await tx.messages.edit(message, new_content);
      const seq = await recordEvent(call, tx, "message_edited", { channel, subject: uuid });
      const [edited = message] = await withFiles(tx, [{ ...message, content: new_content }]);
      for (const { audience, packet } of editPushes(call.server.files, edited, seq))
        call.publish(audience, packet);
      return {};
    },
  },

  delete: {
    write: async (call, tx) => {
      const { access } = call.server;
      const message = await tx.messages.get(call.fields.message);
      if (!message) return refuse.unknown("message");
      const channel = message.channel_uuid;
      const isOwn = message.author_uuid === call.user;
      // Authors can delete their messages in a channel that they no longer see.
      const exists = isOwn ? access.channel(channel) !== undefined : access.canSee(channel, call.user);
      if (!exists) return refuse.unknown("message");
      if (!isOwn && !access.allowsIn(channel, call.user, "manage_messages")) {
        return refuse.permission("manage_messages");
      }
      await tx.messages.remove(message);
      const seq = await recordEvent(call, tx, "message_deleted", { channel, subject: message.uuid });
      const packet = push("message_deleted", { message: message.uuid, channel_uuid: channel }, seq);
      call.publish({ type: "readers", channel }, packet);
      return {};
    },
  },

  get_message: {
    read: async (call, tx) => {
      const message = await tx.messages.get(call.fields.message);
      if (!message || !call.server.access.canRead(message.channel_uuid, call.user)) {
        return refuse.unknown("message");
      }
      const [shown = message] = await toShown(call, tx, [message]);
      return { data: shown };
    },
  },

  search: {
    prepare: async (call) => {
      const { query, channel, author, before, since, until, limit } = call.fields;
      const { access, longQueries, searches } = call.server;
      const isWordless = isBlank(query);
      const isFiltered = [channel, author, since, until].some((filter) => filter !== undefined);
      if (isWordless && !isFiltered) return refuse.empty("query");
      if (query.length > maxQueryLength) return refuse.tooLong("query", maxQueryLength);
      if (channel !== undefined && !access.canRead(channel, call.user)) return refuse.unknown("channel");
      // A hidden message is refused like one that does not exist.
      if (before !== undefined && !(await findReadableMessage(call, call.server.read, before)))
        return refuse.unknown("before");
      const readableChannels = access.channels
        .map(({ uuid }) => uuid)
        .filter((uuid) => access.canRead(uuid, call.user));
      const search: SearchQuery = {
        words: isWordless ? "" : query,
        channels: channel === undefined ? readableChannels : [channel],
        author,
        before,
        since,
        until,
        limit: Math.min(limit, maxSearchResults),
      };
      try {
        const data = await searches.run(call.user, call.session, (signal) =>
          longQueries.search(search, signal),
        );
        if (!data) return refuse.unknown("before");
        return async (tx: StoreAccess) => ({ data: await toShown(call, tx, data) });
      } catch (error) {
        if (error instanceof SearchStoppedError) return refuse.unavailable();
        throw error;
      }
    },
  },
} satisfies HandlerTable;
