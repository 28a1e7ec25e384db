import { Status } from "@asterite/aster-protocol";
import { type FiledMessage, type Files, shownMessage } from "../files/files.ts";
import type { AddressedPacket, Audience } from "../hub/hub.ts";
import { OutgoingPacket, push } from "../hub/outgoing-packet.ts";
import type { FileRow } from "../store/file-table.ts";
import type { StoreAccess } from "../store/store.ts";
import type { Call, HandlerTable } from "./handler.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** Limit of a name before it is cleaned, in UTF-16 code units. */
const maxNameLength = 1000;

/**
 * Reads the uploads that a message is sent with.
 *
 * @returns Those in the order of the request, or the refusal.
 */
export async function readUploads(
  { fields, user }: Call<"send">,
  tx: StoreAccess,
): Promise<FileRow[] | Refusal> {
  const uploads: FileRow[] = [];
  for (const id of new Set(fields.attachments)) {
    const file = await tx.files.get(id);
    const isReady = file?.owner_uuid === user && file.message_uuid === null && file.hash !== "";
    if (!isReady) return refuse.unknown("attachments");
    uploads.push(file);
  }
  return uploads;
}

/** Returns the forms of a message for connections with files and without, each with its filter. */
export function formsOf(
  files: Files | undefined,
  message: FiledMessage,
): readonly { readonly message: FiledMessage; readonly filter: Pick<Audience, "files"> }[] {
  if (!message.attachments) return [{ message, filter: {} }];
  return [true, false].map((hasFiles) => ({
    message: shownMessage(files, message, hasFiles),
    filter: { files: hasFiles },
  }));
}

/** Returns the pushes of a message. */
export const contentPushes = (
  files: Files | undefined,
  message: FiledMessage,
  seq: number,
): AddressedPacket[] =>
  formsOf(files, message).map((form) => ({
    audience: { type: "readers", channel: message.channel_uuid, ...form.filter },
    packet: push("content", form.message, seq),
  }));

/** Returns the pushes of an edited message. */
export const editPushes = (
  files: Files | undefined,
  { uuid, channel_uuid, ...rest }: FiledMessage,
  seq: number,
): AddressedPacket[] =>
  formsOf(files, { uuid, channel_uuid, ...rest }).map(({ message, filter }) => ({
    audience: { type: "readers", channel: channel_uuid, ...filter },
    packet: push("message_edited", { message: uuid, new_content: message.content, channel_uuid }, seq),
  }));

/** Commands on files. */
export const fileCommands = {
  create_upload: {
    write: async ({ server, fields, user }, tx) => {
      const { files, access } = server;
      const { channel, name, size, type } = fields;
      if (!files) return refuse.malformed("unsupported");
      if (!access.canSee(channel, user)) return refuse.unknown("channel");
      if (!access.allowsIn(channel, user, "send_messages")) return refuse.permission("send_messages");
      if (name.length > maxNameLength) return refuse.tooLong("name", maxNameLength);
      const { fileBytes, accountBytes, totalBytes } = files.limits;
      if (size > fileBytes) return refuse.quota("file_bytes", fileBytes);
      if (size === 0) return refuse.empty("size");
      const use = await tx.files.countUse(user);
      if (use.byOwner + size > accountBytes) return refuse.quota("account_bytes", accountBytes);
      if (use.byAll + size > totalBytes) return refuse.quota("total_bytes", totalBytes);
      const file = files.create(user, { name, size, type });
      await tx.files.add(file);
      const reply = { upload: file.id, url: `/uploads/${file.id}`, name: file.name };
      return new OutgoingPacket({ ...reply, command: "create_upload", status: Status.Ok });
    },
  },

  file_link: {
    read: async ({ server, fields, user }, tx) => {
      const { files, access } = server;
      if (!files) return refuse.malformed("unsupported");
      const file = await tx.files.get(fields.file);
      const message = file?.message_uuid && (await tx.messages.get(file.message_uuid));
      if (!file || !message || !access.canRead(message.channel_uuid, user)) return refuse.unknown("file");
      const { path, expires } = files.linkFor(file, user);
      const reply = { url: path, expires };
      return new OutgoingPacket({ ...reply, command: "file_link", status: Status.Ok });
    },
  },
} satisfies HandlerTable;
