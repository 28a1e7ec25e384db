/**
 * The Aster chat protocol: each command, push and data type is defined once, as a schema that is both the
 * TypeScript type and the validator.
 *
 * @packageDocumentation
 */

export {
  type CommandDefinition,
  type CommandName,
  commands,
  isCommandName,
  type RequestFields,
  type RequestInput,
} from "./commands.ts";
export {
  type AuditEntry,
  type Channel,
  type Emoji,
  type Group,
  type Invite,
  type Message,
  type SessionToken,
  type SyncServer,
  syncServer,
  type User,
  type UserInput,
} from "./entities.ts";
export { type ExtensionName, extensionNames, offeredExtensions } from "./extensions.ts";
export type { Attachment } from "./files.ts";
export {
  type InvocationAnswerPush,
  type InvocationPush,
  readInvocation,
  readInvocationAnswer,
} from "./invocations.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export { checkPush, checkReply, type Packet, parsePacket } from "./packet.ts";
export {
  type PermissionName,
  Permissions,
  type PermissionValue,
  permissionNames,
  type RankedPermissions,
  resolveChannelPermissions,
  resolveServerPermissions,
} from "./permissions.ts";
export {
  isPushName,
  type PushFields,
  type PushInput,
  type PushName,
  pushes,
} from "./pushes.ts";
export type { Reason, ReasonKind } from "./reasons.ts";
export type { ReplyFields, ReplyInput } from "./replies.ts";
export { type MalformedRequest, type ParsedRequest, parseRequest, type Request } from "./request.ts";
export { Status } from "./status.ts";
export { maxJsonDepth, parseStrictJson } from "./strict-json.ts";
export { isBlank } from "./text.ts";
export type { Checked } from "./validate.ts";
