/**
 * Client library for Aster chat servers.
 *
 * @packageDocumentation
 */

export {
  type ExtensionName,
  extensionNames,
  type Packet,
  type PermissionName,
  Permissions,
  type PermissionValue,
  permissionNames,
  type RankedPermissions,
  resolveChannelPermissions,
  resolveServerPermissions,
  Status,
} from "@asterite/aster-protocol";
export type { DebugEntry, DebugHook } from "@asterite/util";
export type { Account, LoginToken, PasswordOptions } from "./account.ts";
export type { Administration, Ban } from "./administration.ts";
export type { Actor, AuditEntry, AuditPage, AuditQuery } from "./audit-log.ts";
export { type CacheOptions, defaultCache } from "./cache/options.ts";
export { Client, type ClientOptions } from "./client.ts";
export type { Clock } from "./clock.ts";
export type { EventsOptions, ListenOptions, WaitOptions } from "./emitter.ts";
export {
  AsterError,
  type AsterErrorCode,
  type AsterErrorContext,
  CertificateError,
  CommandError,
  type CommandErrorContext,
  ExtensionError,
} from "./errors.ts";
export type { EventStream } from "./event-iterator.ts";
export type { MessageDeletion, MessageEdit, Presence, ReadMarker, ServerEventMap, Typing } from "./events.ts";
export type { Handlers, NamedHandlers } from "./handlers.ts";
export {
  type EmojiReference,
  fetchEmoji,
  fetchPfp,
  parseEmojiReference,
  type VisitOptions,
} from "./helpers.ts";
export type { CreatedInvite, Invite, InviteOptions, Invites } from "./invites.ts";
export { formatMention, parseMentions } from "./mentions.ts";
export {
  Channel,
  type ChannelState,
  type HistoryOptions,
  type HistoryWalkOptions,
  Message,
  type SearchOptions,
  type SearchResult,
} from "./models/channel.ts";
export type { ChannelChanges, ChannelOverrides } from "./models/channel-changes.ts";
export { Emoji } from "./models/emoji.ts";
export { Group, type GroupChanges } from "./models/group.ts";
export type { LastRead } from "./models/last-read.ts";
export { SyncData, SyncServer, type SyncServerFields } from "./models/sync.ts";
export { User } from "./models/user.ts";
export { defaultServerOptions, type ServerOptions } from "./options.ts";
export type { Reference } from "./references.ts";
export { type ConnectOptions, Server, type ServerEvents } from "./server.ts";
export { defaultReconnect, type ReconnectOptions } from "./session/backoff.ts";
export { ConnectionMode } from "./session/connection-mode.ts";
export type { OutgoingPacket, RequestOptions } from "./session/request-matcher.ts";
export type { SessionStatus } from "./session/session.ts";
export type { SendOptions } from "./sync/sending.ts";
export type { Endpoint } from "./transport/endpoints.ts";
export type { TlsTrust, TrustStore } from "./transport/transport.ts";
