import type { Channel, Message, PermissionName, User } from "@asterite/aster";
import { checkKnownNames, checkPermission, UserError } from "../errors.ts";
import type { MessageContext } from "../message-context.ts";
import { quote } from "../text/sanitize.ts";
import { type Argument, argument } from "./argument.ts";

/** Returns the uuid that a text is; undefined for any other text. */
function parseUuid(text: string): number | undefined {
  const value = Number(text);
  return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

const equalsIgnoringCase = (one: string, other: string): boolean =>
  one.toLocaleLowerCase("en") === other.toLocaleLowerCase("en");

/** Returns the items with a name: those in the same case if there are any, else those in another case. */
function findByName<Item>(
  items: Iterable<Item>,
  name: string,
  nameOf: (item: Item) => string,
): readonly Item[] {
  const similar = [...items].filter((item) => equalsIgnoringCase(nameOf(item), name));
  const exact = similar.filter((item) => nameOf(item) === name);
  return exact.length > 0 ? exact : similar;
}

async function findUser(given: string, { server, signal, texts }: MessageContext): Promise<User> {
  const name = given.replace(/^@/, "");
  const [found, ...others] = findByName(server.peers.values(), name, ({ username }) => username);
  if (found && others.length === 0) return found;
  if (found) throw new UserError(texts.accountAmbiguous(quote(name, 60)));
  const uuid = parseUuid(given);
  const byUuid =
    uuid === undefined ? undefined : (server.getUser(uuid) ?? (await server.fetchUser(uuid, { signal })));
  if (byUuid) return byUuid;
  throw new UserError(texts.accountUnknown(quote(name, 60)));
}

/** Argument: an account, by `@name`, name or uuid. Names with blanks need quotation marks. */
export const user = (): Argument<User> =>
  argument<User>({ allowed: "an account, by its @name or uuid", parse: findUser });

/** Options of {@link channel}. */
export interface ChannelOptions {
  /**
   * Permission that the author needs in the channel, so that a command opens no channel that its user cannot
   * use. Default `view_channel`.
   */
  readonly permission?: PermissionName;
}

/**
 * Returns whether the author has a permission in a channel. Servers that do not send their base permissions
 * leave most of them open; there, what is not denied is allowed.
 */
function isAllowed(context: MessageContext, place: Channel, permission: PermissionName): boolean {
  const value = context.permissionsIn(place).get(permission);
  return value === "allow" || (value === "default" && context.server.basePermissions === undefined);
}

function findChannel(given: string, context: MessageContext, permission: PermissionName): Channel {
  const name = given.replace(/^#/, "");
  const uuid = parseUuid(given);
  const found = [
    ...findByName(context.server.channels, name, (channel) => channel.name),
    ...context.server.channels.filter((channel) => channel.uuid === uuid),
  ];
  for (const channel of found) {
    if (isAllowed(context, channel, permission)) return channel;
  }
  // The same sentence for both cases, because the names of hidden channels are secret.
  throw new UserError(context.texts.channelUnknown(quote(given, 60)));
}

/** Argument: a channel, by `#name`, name or uuid, in which the author has a permission. */
export const channel = (options: ChannelOptions = {}): Argument<Channel> => {
  checkKnownNames("option of channel", options, ["permission"]);
  const { permission = "view_channel" } = options;
  checkPermission(permission);
  return argument<Channel>({
    allowed: "a channel, such as #general",
    parse: (given, context) => findChannel(given, context, permission),
  });
};

async function findMessage(given: string, context: MessageContext): Promise<Message | undefined> {
  const uuid = parseUuid(given);
  if (uuid === undefined) return undefined;
  const { server, signal } = context;
  const found = server.getMessage(uuid) ?? (await server.fetchMessage(uuid, { signal }));
  if (found && isAllowed(context, found.channel, "read_messages")) return found;
  // The same sentence for both cases, because the messages of hidden channels are secret.
  throw new UserError(context.texts.messageUnknown(uuid));
}

/**
 * Argument: a message, by its uuid, that the author can read. A message that is not cached is fetched, which
 * needs the extension `message`.
 */
export const message = (): Argument<Message> =>
  argument<Message>({ allowed: "the uuid of a message", parse: findMessage });
