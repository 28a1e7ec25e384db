import { readdirSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** Columns that some files of old versions lack. */
type OldColumn = "messages.edited" | "messages.reply" | "users.password" | "sync_servers.uname";

/** Database file as left behind by a release, script or crash of the reference server. */
export interface UpstreamFile {
  /** Version whose tables it has. */
  readonly shape: 0 | 1 | 2 | 3 | 4 | 5;
  /** Number in the table `version`, if it differs from `shape`. */
  readonly versionNumber?: number;
  /** Whether the reference server itself upgraded the file from version 0. */
  readonly isUpgradedByUpstream?: boolean;
  readonly missingColumns?: readonly OldColumn[];
  /** Whether identifiers are above 2^53 - 1. */
  readonly hasLargeUuids?: boolean;
  /** Old shape of read markers: by message, or by date without a primary key. */
  readonly markers?: "message" | "without key";
  /** Base permissions. Default: those of a new database. */
  readonly base?: readonly number[];
  /** Whether some memberships are in a deleted group. */
  readonly hasDanglingGroup?: boolean;
  /** Whether `channel_group_permissions` exists before version 3. */
  readonly hasEarlyOverrides?: boolean;
}

/** Passwords of the accounts in the files. `cat` has none and adopts the password of the first login. */
export const passwords = {
  ann: "new parameters",
  ben: "old parameters",
} as const;

const hashes = {
  ann: "$argon2id$v=19$m=19456,t=2,p=1$MV+lwkvLKRiRTULBgGJ3Vw$5G5RVzKljdQrXfhJSnOomJ6bWD1q8tken/6Dhk+JkJ8",
  ben: "$argon2id$v=19$m=4096,t=3,p=1$m1eg6Z8KBraHinqyoRmUvA$FPFQDyZwSWdKJ2lYOElnbHBjnqSEHfs5WV3VhLFaGK0",
} as const;

/** UUIDs before and after the upgrade. */
const largeBase = 40_000_000_000_000;
const before = ({ hasLargeUuids }: UpstreamFile, id: number): number | bigint =>
  hasLargeUuids ? (BigInt(largeBase + id) << 10n) + BigInt(id % 1000) : id;
/** Returns the UUID of an entry of {@link content} after the upgrade. */
export const upgraded = ({ hasLargeUuids }: UpstreamFile, id: number): number =>
  hasLargeUuids ? largeBase + id : id;

/**
 * Content of every file, as far as its version can store it. Message rowids have gaps and do not follow
 * UUIDs.
 */
export const content = {
  users: [
    { uuid: 103, name: "ann", pfp: "YW5u", password: hashes.ann },
    { uuid: 101, name: "ben", pfp: "YmVu", password: hashes.ben },
    { uuid: 102, name: "cat", pfp: "Y2F0", password: "" },
  ],
  channels: [
    { uuid: 205, name: "general" },
    { uuid: 201, name: "random" },
    { uuid: 203, name: "" },
  ],
  messages: [
    { rowid: 3, uuid: 309, author: 103, channel: 205, text: "first", date: 1_600_000_000, edited: 0 },
    { rowid: 4, uuid: 302, author: 101, channel: 205, text: "second", date: 1_600_000_000, edited: 1 },
    { rowid: 9, uuid: 307, author: 103, channel: 201, text: "elsewhere", date: 1_600_000_005, edited: 0 },
    {
      rowid: 12,
      uuid: 301,
      author: 102,
      channel: 205,
      text: "third",
      date: 1_600_000_009,
      edited: 0,
      reply: 309,
    },
    {
      rowid: 40,
      uuid: 305,
      author: 103,
      channel: 205,
      text: "fourth",
      date: 1_600_000_010,
      edited: 0,
      reply: 999,
    },
  ],
  /**
   * The reference server writes names into the integer column `colour`, where SQLite converts the two numeric
   * ones.
   */
  groups: [
    { uuid: 401, name: "staff", colour: 0xff00ff, permissions: [85, 85, 5], position: 0 },
    { uuid: 402, name: "1984", colour: -5, permissions: [0, 64, 0], position: 1 },
    { uuid: 403, name: "9223372036854775807", colour: 7, permissions: [0, 0, 0], position: 2 },
  ],
  memberships: [
    { user: 103, group: 402 },
    { user: 103, group: 401 },
    { user: 101, group: 402 },
  ],
  emoji: { uuid: 501, name: "smile", data: "c21pbGU=" },
} as const;

const versions = {
  channels: (shape: number) =>
    `(uuid BigInt primary key not null, name text not null${shape >= 2 ? ", position Integer not null default 0" : ""})`,
  messages: (missingColumns: readonly OldColumn[]) => `(
    uuid BigInt primary key not null, content text not null, author_uuid BigInt not null,
    channel_uuid BigInt not null, date integer not null,
    ${missingColumns.includes("messages.edited") ? "" : "edited Integer not null default 0,"}
    ${missingColumns.includes("messages.reply") ? "" : "reply BigInt null,"}
    foreign key (author_uuid) references users(uuid), foreign key (channel_uuid) references channels(uuid))`,
  oldUsers: (missingColumns: readonly OldColumn[]) => `(
    uuid BigInt primary key not null, name text not null, pfp text not null, group_uuid BigInt not null
    ${missingColumns.includes("users.password") ? "" : ", password text not null default ''"},
    foreign key (group_uuid) references groups(uuid))`,
  users: "(uuid BigInt primary key not null, name text not null, pfp text not null, password text not null)",
  groups: (shape: number) => {
    if (shape < 3)
      return "(uuid BigInt primary key not null, permissions BigInt not null, name text not null, colour integer not null)";
    if (shape < 4)
      return "(uuid BigInt primary key not null, permissions Blob not null, name text not null, colour integer not null)";
    return `(uuid BigInt primary key not null, name text not null, colour integer not null,
      permissions Blob not null, position Integer not null)`;
  },
  userGroups: (linked: boolean) => `(
    ${linked ? "link_id integer primary key autoincrement," : ""} user_uuid BigInt not null, group_uuid BigInt not null,
    foreign key (user_uuid) references users(uuid), foreign key (group_uuid) references groups(uuid))`,
  syncServers: (shape: number, missingColumns: readonly OldColumn[]) => `(
    user_uuid BigInt not null, uuid BigInt null, ${missingColumns.includes("sync_servers.uname") ? "" : "uname Text not null,"}
    ip Text not null, port Integer not null, pfp Text null, name Text null, idx Integer not null
    ${shape < 2 ? ', "rowid" Integer not null primary key' : ""})`,
  overrides: (migrated: boolean) => `(
    channel_uuid BigInt not null, user_uuid BigInt null, group_uuid BigInt null,
    permissions ${migrated ? "Blob" : "Permissions"} not null,
    foreign key (user_uuid) references users(uuid), foreign key (group_uuid) references groups(uuid))`,
  markers: (kind: UpstreamFile["markers"]) => `(
    user_uuid BigInt not null references users(uuid), channel_uuid BigInt not null references channels(uuid),
    ${kind === "message" ? "message_uuid BigInt not null references messages(uuid)" : "date integer not null"}
    ${kind === undefined ? ", primary key (user_uuid, channel_uuid)" : ""})`,
};

/** Creates the tables of a shape. */
function createTables(raw: DatabaseSync, file: UpstreamFile): void {
  const { shape, isUpgradedByUpstream: migrated = false, missingColumns = [] } = file;
  const oldUsers = shape < 4 || migrated;
  raw.exec(`
    create table channels ${versions.channels(shape)};
    create table groups ${versions.groups(shape)};
    create table users ${oldUsers ? versions.oldUsers(missingColumns) : versions.users};
    create table messages ${versions.messages(missingColumns)};
    create table user_groups ${versions.userGroups(shape < 4 || migrated)};
    create table sync_data (user_uuid BigInt primary key not null, uname text not null, pfp text not null);
    create table sync_servers ${versions.syncServers(shape, missingColumns)};
    create table emojis (uuid BigInt primary key not null, name text not null, data text not null)`);
  if (shape >= 1) raw.exec("create table version (version integer not null)");
  if (shape >= 3 || file.hasEarlyOverrides) {
    raw.exec(`create table channel_group_permissions ${versions.overrides(migrated)}`);
  }
  if (shape >= 4) {
    raw.exec("create table server_config (name text not null, icon blob not null, base_perms blob not null)");
    // As the reference server does: SQLite changes every foreign key to users into one to users_.
    if (migrated) {
      raw.exec(`alter table users rename to users_; create table users ${versions.users}; drop table users_`);
    }
  }
  if (shape >= 5) raw.exec(`create table last_read_messages ${versions.markers(file.markers)}`);
}

function fill(raw: DatabaseSync, file: UpstreamFile): void {
  const { shape, missingColumns = [] } = file;
  const id = (number: number) => before(file, number);
  const insert = (table: string, values: Record<string, SQLInputValue | undefined>): void => {
    const given = Object.entries(values).filter(
      ([column, value]) =>
        value !== undefined && !missingColumns.some((lacking) => lacking === `${table}.${column}`),
    );
    const names = given.map(([column]) => column).join(", ");
    const marks = given.map(() => "?").join(", ");
    const parameters = given.map(([, value]) => value ?? null);
    raw.prepare(`insert into ${table} (${names}) values (${marks})`).run(...parameters);
  };

  const number = file.versionNumber ?? (shape === 0 ? undefined : shape);
  if (number !== undefined) {
    raw.exec("create table if not exists version (version integer not null)");
    insert("version", { version: number });
  }
  for (const [position, { uuid, name }] of content.channels.entries()) {
    insert("channels", { uuid: id(uuid), name, position: shape >= 2 ? position : undefined });
  }
  for (const { uuid, ...user } of content.users) {
    insert("users", { uuid: id(uuid), ...user, group_uuid: shape < 4 ? 0 : undefined });
  }
  for (const message of content.messages) {
    insert("messages", {
      rowid: message.rowid,
      uuid: id(message.uuid),
      content: message.text,
      author_uuid: id(message.author),
      channel_uuid: id(message.channel),
      date: message.date,
      edited: message.edited,
      reply: "reply" in message ? id(message.reply) : null,
    });
  }
  for (const { uuid, name, colour, permissions, position } of content.groups) {
    const blob = Uint8Array.from(permissions);
    if (shape < 3) insert("groups", { uuid: id(uuid), name, colour, permissions: 0 });
    else if (shape < 4) insert("groups", { uuid: id(uuid), name, colour, permissions: blob });
    // In the reference server's permuted order; a plain number would be bound as a real.
    else {
      raw
        .prepare("insert into groups values (?, ?, ?, ?, ?)")
        .run(id(uuid), blob, name, BigInt(colour), position);
    }
  }
  const memberships = [...content.memberships, ...(file.hasDanglingGroup ? [{ user: 102, group: 499 }] : [])];
  for (const { user, group } of memberships) {
    insert("user_groups", { user_uuid: id(user), group_uuid: id(group) });
  }
  insert("sync_data", { user_uuid: id(103), uname: "ann elsewhere", pfp: "c3luYw==" });
  for (const [idx, ip] of ["one.example", "two.example"].entries()) {
    insert("sync_servers", {
      user_uuid: id(103),
      uuid: idx === 0 ? id(777) : null,
      uname: `ann ${idx}`,
      ip,
      port: 2345,
      pfp: null,
      name: idx === 0 ? "One" : null,
      idx,
    });
  }
  insert("emojis", { ...content.emoji, uuid: id(content.emoji.uuid) });
  if (shape >= 3 || file.hasEarlyOverrides) {
    // One row in the named columns, one in the columns that the reference server uses.
    const permissions = Uint8Array.from([0, 8, 0]);
    insert("channel_group_permissions", { channel_uuid: id(201), user_uuid: id(101), permissions });
    insert("channel_group_permissions", {
      channel_uuid: id(203),
      user_uuid: shape >= 4 ? id(402) : null,
      group_uuid: shape >= 4 ? null : id(402),
      permissions,
    });
  }
  if (shape >= 4) {
    const base = Uint8Array.from(file.base ?? [170, 150, 5]);
    insert("server_config", { name: "Aster Server", icon: Uint8Array.from([1, 2, 3]), base_perms: base });
  }
  if (shape >= 5) {
    const markers = file.markers
      ? ([
          [103, 205, 302],
          [103, 205, 301],
          [103, 205, 309],
          [101, 205, 309],
          ...(file.markers === "message" ? ([[102, 201, 998]] as const) : []),
        ] as const)
      : ([
          [103, 205, 301],
          [101, 205, 309],
        ] as const);
    for (const [user, channel, message] of markers) {
      const date = content.messages.find(({ uuid }) => uuid === message)?.date ?? 0;
      insert("last_read_messages", {
        user_uuid: id(user),
        channel_uuid: id(channel),
        ...(file.markers === "message" ? { message_uuid: id(message) } : { date }),
      });
    }
  }
}

/** Writes a file as the reference server would have left it. */
export function writeUpstreamFile(path: string, file: UpstreamFile): void {
  const raw = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    createTables(raw, file);
    fill(raw, file);
  } finally {
    raw.close();
  }
}

/** All known variants of files, by description. */
export const upstreamFiles: Readonly<Record<string, UpstreamFile>> = {
  "version 0 of the shipped script, without replies": { shape: 0, missingColumns: ["messages.reply"] },
  "version 0 with every column": { shape: 0 },
  "version 0 of the first releases": {
    shape: 0,
    missingColumns: ["messages.edited", "messages.reply", "users.password", "sync_servers.uname"],
  },
  "version 0 with large identifiers": { shape: 0, missingColumns: ["messages.reply"], hasLargeUuids: true },
  "version 1": { shape: 1 },
  "version 2": { shape: 2 },
  "version 2 with overrides": { shape: 2, hasEarlyOverrides: true },
  "version 3": { shape: 3 },
  "number 3 with the shape of version 0": { shape: 0, versionNumber: 3, missingColumns: ["messages.reply"] },
  "number 3 with the shape of version 4": { shape: 4, versionNumber: 3, isUpgradedByUpstream: true },
  "version 4": { shape: 4 },
  "version 4 without view_channel in its base permissions": { shape: 4, base: [170, 150, 1] },
  "version 4 upgraded by the reference server": {
    shape: 4,
    isUpgradedByUpstream: true,
    missingColumns: ["messages.reply"],
  },
  "number 4 with the shape of version 5": { shape: 5, versionNumber: 4 },
  "version 5": { shape: 5 },
  "version 5 upgraded by the reference server": { shape: 5, isUpgradedByUpstream: true },
  "version 5 upgraded by the reference server, without replies": {
    shape: 5,
    isUpgradedByUpstream: true,
    missingColumns: ["messages.reply"],
  },
  "version 5 with read markers by message": { shape: 5, markers: "message" },
  "version 5 with duplicate read markers": { shape: 5, markers: "without key" },
  "version 5 with a membership in a deleted group": { shape: 5, hasDanglingGroup: true },
  "version 5 with large identifiers": {
    shape: 5,
    isUpgradedByUpstream: true,
    hasLargeUuids: true,
    markers: "message",
  },
};

/** Returns whether opening the file upgrades it. */
export const needsUpgrade = (file: UpstreamFile): boolean =>
  file.shape < 5 ||
  file.versionNumber !== undefined ||
  file.hasLargeUuids === true ||
  file.markers !== undefined ||
  file.hasDanglingGroup === true ||
  file.base !== undefined ||
  (file.missingColumns ?? []).length > 0;

/** Returns the files in a folder, except lock files, which every opened database leaves behind. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !/\.(?:lock|position)$/.test(name))
    .sort();
