import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Members that the reference pages of the main classes must list. The clients of Andesite have two parents, and a
 * type that joins them without an interface would have an empty page.
 */
const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  "api/andesite/Client.html": ["play", "mixer", "loadTracks", "decodeTracks", "on", "connect", "http"],
  "api/andesite/HTTP.html": ["loadTracks", "searchTracks", "decodeTracks", "request", "close"],
  "api/andesite/WebSocket.html": ["play", "filters", "ping", "on", "connect", "send", "state"],
  "api/andesite/HTTPPool.html": ["loadTracks", "getNextClient", "addClient", "request"],
  "api/andesite/WebSocketPool.html": ["play", "ping", "on", "addClient", "pullClient", "send"],
  "api/andesite/Player.html": ["position", "mixer", "filters", "livePosition"],
  "api/queue/QueuePlayer.html": ["add", "skip", "toSnapshot", "start", "on", "queue"],
  "api/commands/Bot.html": ["command", "use", "catch", "run", "close"],
  "api/commands/Context.html": ["reply", "ask", "waitFor", "collect", "texts"],
  "api/aster/Client.html": ["addServer", "event", "on", "waitFor", "run"],
  "api/aster/Server.html": ["command", "connect", "channels", "createChannel", "fetchUser"],
  "api/aster/Channel.html": ["send", "fetchHistory", "permissionsFor", "messages"],
  "api/aster/Message.html": ["reply", "edit", "delete", "content", "author"],
  "api/aster/User.html": ["username", "isBot", "groups"],
};

/** Largest size of these pages, in bytes: a type that is written out in full makes one unreadable. */
const maxPageBytes = 400_000;

/** Packages whose classes must be described with all of their methods and accessors. */
const libraries = ["aster", "andesite", "queue", "commands"];

/**
 * Returns a finding for each member of a class of the libraries that its page does not describe, and for a page too
 * large.
 */
export async function checkMembers(folder: string): Promise<string[]> {
  const listed = Object.entries(requiredMembers).flatMap(([page, members]) =>
    checkPage(folder, page, members),
  );
  const modules = await Promise.all(
    libraries.map(async (name) => [name, (await import(`@asterite/${name}`)) as object] as const),
  );
  // A class that a package exports again has its page where it is defined.
  const pageOf = (library: string, cls: string): string => {
    const pages = [library, ...libraries, "observable"].map((name) => `api/${name}/${cls}.html`);
    return pages.find((page) => existsSync(join(folder, page))) ?? pages[0] ?? "";
  };
  const classes = modules.flatMap(([library, module]) =>
    Object.entries(module).flatMap(([cls, value]) =>
      isClass(value) ? checkPage(folder, pageOf(library, cls), methodsOf(value)) : [],
    ),
  );
  return [...new Set([...listed, ...classes])];
}

function checkPage(folder: string, page: string, members: readonly string[]): string[] {
  const path = join(folder, page);
  if (!existsSync(path)) return [`${page} does not exist`];
  const html = readFileSync(path, "utf8");
  const missing = members.filter((member) => !html.includes(` id="${member.toLowerCase()}"`));
  return [
    ...missing.map((member) => `${page} does not list ${member}`),
    ...(html.length > maxPageBytes ? [`${page} has ${html.length} characters`] : []),
  ];
}

const isClass = (value: unknown): value is { readonly prototype: object } =>
  typeof value === "function" && String(value).startsWith("class");

/** Returns the methods and accessors of a class, with those of its parents except the built-in ones. */
function methodsOf({ prototype }: { readonly prototype: object }): string[] {
  const names: string[] = [];
  for (let link: unknown = prototype; isOwn(link); link = Object.getPrototypeOf(link)) {
    names.push(...Object.getOwnPropertyNames(link).filter((name) => name !== "constructor"));
  }
  return names;
}

const isOwn = (link: unknown): link is object =>
  typeof link === "object" && link !== null && isClass(link.constructor);
