import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";
import { type Logger, silentLogger } from "@asterite/util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Store } from "../../store.ts";
import { openSqliteStore } from "../sqlite-store.ts";
import { upgradeSteps } from "./steps.ts";
import { columnNames, tableDefinition, upstreamTables } from "./table-shape.ts";
import {
  content,
  filesIn,
  needsUpgrade,
  type UpstreamFile,
  upgraded,
  upstreamFiles,
  writeUpstreamFile,
} from "./upgrade.test-support.ts";
import { upgradeFile } from "./upgrade-file.ts";

const initial = { name: "Given", icon: new Uint8Array([9, 8, 7]) };

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-upgrade-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "aster.db");
}

async function upstreamFile(kind: UpstreamFile): Promise<string> {
  const file = await newFile();
  writeUpstreamFile(file, kind);
  return file;
}

/** Returns the names of the files beside a database. */
const beside = (file: string): string[] => filesIn(dirname(file)).filter((name) => name !== basename(file));

async function using<Result>(file: string, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = openSqliteStore(file, initial);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function inspect<Result>(file: string, use: (raw: DatabaseSync) => Result): Result {
  const raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  try {
    return use(raw);
  } finally {
    raw.close();
  }
}

const rows = (raw: DatabaseSync, sql: string): unknown[][] => {
  const statement = raw.prepare(sql);
  statement.setReturnArrays(true);
  return statement.all() as unknown as unknown[][];
};

/** Creates a logger that records its lines. */
function collect(): { logger: Logger; lines: [level: string, fields: object, message: string][] } {
  const lines: [string, object, string][] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push([level, fields, message]);
  };
  return { lines, logger: { ...silentLogger, info: at("info"), warn: at("warn") } };
}

const cases = Object.entries(upstreamFiles);
const upgrades = cases.filter(([, kind]) => needsUpgrade(kind));

describe.each(cases)("%s", (_name, kind) => {
  const id = (number: number) => upgraded(kind, number);
  const lacks = (column: string) => (kind.missingColumns ?? []).some((lacking) => lacking === column);

  it("keeps accounts with their passwords, and messages in order", async () => {
    await using(await upstreamFile(kind), async ({ read }) => {
      const users = await read.accounts.list();
      expect(users.map(({ uuid, name, pfp }) => ({ uuid, name, pfp }))).toEqual(
        content.users.map(({ uuid, name, pfp }) => ({ uuid: id(uuid), name, pfp })),
      );
      for (const { uuid, name, password } of content.users) {
        const expected = {
          uuid: id(uuid),
          password: lacks("users.password") ? "" : password,
          isBanned: false,
        };
        expect(await read.accounts.findCredentialsByName(name)).toEqual(expected);
      }
      for (const channel of content.channels) {
        const expected = content.messages.filter((message) => message.channel === channel.uuid);
        expect(await read.messages.readPage({ channel: id(channel.uuid), limit: 100 })).toEqual(
          expected.map((message) => ({
            uuid: id(message.uuid),
            content: message.text,
            author_uuid: id(message.author),
            channel_uuid: id(channel.uuid),
            date: message.date,
            edited: !lacks("messages.edited") && message.edited === 1,
            reply: "reply" in message && !lacks("messages.reply") ? id(message.reply) : null,
          })),
        );
      }
      const before = { channel: id(205), limit: 1, before: id(301) };
      expect((await read.messages.readPage(before))?.map((message) => message.content)).toEqual(["second"]);
    });
  });

  it("reads channels, groups, overrides and memberships correctly", async () => {
    await using(await upstreamFile(kind), async ({ read }) => {
      const rules = await read.readAccessRules();
      expect(rules.base.equals(Permissions.initialBase)).toBe(true);
      expect(rules.channels).toEqual(
        content.channels.map(({ uuid, name }, position) => ({
          uuid: id(uuid),
          name,
          position,
          slowSeconds: 0,
        })),
      );
      const keepsGroups = kind.shape >= 4;
      expect(rules.groups.map((group) => ({ ...group, permissions: group.permissions.toBytes() }))).toEqual(
        keepsGroups ? content.groups.map((group) => ({ ...group, uuid: id(group.uuid) })) : [],
      );
      expect(rules.memberships).toEqual(
        new Map(
          keepsGroups
            ? [
                [id(103), [id(402), id(401)]],
                [id(101), [id(402)]],
              ]
            : [],
        ),
      );
      const overrides = rules.overrides.map(({ channel, entity }) => ({ channel, ...entity }));
      expect(overrides).toEqual(
        kind.shape >= 3 || kind.hasEarlyOverrides
          ? [
              { channel: id(201), type: "user", uuid: id(101) },
              { channel: id(203), type: "group", uuid: id(402) },
            ]
          : [],
      );
      const named = kind.shape >= 4 ? { name: "Aster Server", icon: new Uint8Array([1, 2, 3]) } : initial;
      expect(await read.server.get()).toMatchObject(named);
    });
  });

  it("accepts new messages and accounts right after the upgrade", async () => {
    await using(await upstreamFile(kind), async (store) => {
      let added: number | undefined;
      await store.transact({
        run: async (tx) => {
          const author_uuid = await tx.accounts.add({ name: "dan", pfp: "", password: "hash" });
          const message = { content: "new", author_uuid, channel_uuid: id(205), date: 5, reply: id(309) };
          return (await tx.messages.add(message)).uuid;
        },
        onCommit: (uuid) => {
          added = uuid;
        },
      });
      const history = await store.read.messages.readPage({ channel: id(205), limit: 1 });
      expect(history).toEqual([expect.objectContaining({ uuid: added, content: "new", reply: id(309) })]);
    });
  });

  it("writes one byte-identical backup if the file is changed", async () => {
    const file = await upstreamFile(kind);
    const original = await readFile(file);
    await using(file, async () => {});
    const backups = beside(file);
    const version = kind.versionNumber ?? kind.shape;
    expect(backups).toEqual(
      needsUpgrade(kind)
        ? [expect.stringMatching(new RegExp(`^aster\\.db\\.backup-v${version}-\\d{8}T\\d{6}Z$`))]
        : [],
    );
    for (const name of backups) {
      expect(original.equals(await readFile(join(dirname(file), name)))).toBe(true);
    }
    await using(file, async () => {});
    expect(beside(file)).toEqual(backups);
  });

  it("keeps the column order that the reference server reads and writes by position", async () => {
    const file = await upstreamFile(kind);
    await using(file, async () => {});
    inspect(file, (raw) => {
      expect(rows(raw, "select * from version")).toEqual([[5]]);
      for (const table of upstreamTables) {
        const expected = tableDefinition(table).columns.map(({ name }) => name);
        const linked = table === "user_groups" && (kind.shape < 4 || kind.isUpgradedByUpstream);
        expect(columnNames(raw, table)).toEqual(linked ? ["link_id", ...expected] : expected);
      }
      expect(rows(raw, "select name from sqlite_master where type in ('trigger', 'view')")).toEqual([]);
      expect(rows(raw, "select name from sqlite_master where name like 'asterite_new%'")).toEqual([]);
      // Only the reference server's own upgrade leaves foreign keys to a dropped table.
      const references = upstreamTables.flatMap((table) =>
        rows(raw, `select "table" from pragma_foreign_key_list('${table}')`).flat(),
      );
      const known = kind.isUpgradedByUpstream ? [...upstreamTables, "users_"] : upstreamTables;
      expect(references.filter((table) => !known.some((name) => name === table))).toEqual([]);
      // Groups stay permuted, because the reference server finds single groups only in its own column order.
      expect(rows(raw, "select uuid, typeof(name), typeof(permissions) from groups")).toEqual(
        kind.shape >= 4 ? content.groups.map(({ uuid }) => [id(uuid), "blob", "integer"]) : [],
      );
      expect(rows(raw, "select rowid, uuid from messages order by rowid")).toEqual(
        content.messages.map(({ rowid, uuid }) => [rowid, id(uuid)]),
      );
      expect(rows(raw, "select * from sync_data")).toEqual([[id(103), "ann elsewhere", "c3luYw=="]]);
      const uname = (index: number) => (lacks("sync_servers.uname") ? "ann elsewhere" : `ann ${index}`);
      expect(rows(raw, "select * from sync_servers order by rowid")).toEqual([
        [id(103), id(777), uname(0), "one.example", 2345, null, "One", 0],
        [id(103), null, uname(1), "two.example", 2345, null, null, 1],
      ]);
      expect(rows(raw, "select * from emojis")).toEqual([[id(501), "smile", "c21pbGU="]]);
      expect(rows(raw, "select * from last_read_messages order by user_uuid")).toEqual(
        kind.shape >= 5
          ? [
              [id(101), id(205), 1_600_000_000],
              [id(103), id(205), 1_600_000_009],
            ]
          : [],
      );
      raw.exec("insert into users values (901, 'upstream', '', '')");
      raw.exec("insert into messages values (902, 'by position', 901, 1, 1, 0, null)");
      raw.exec("insert into groups values (903, x'555505', '007 agents', 12, 3)");
      raw.exec("insert into last_read_messages values (901, 1, 1)");
    });
    await using(file, async ({ read }) => {
      expect(await read.messages.get(902)).toMatchObject({ content: "by position", author_uuid: 901 });
      const { groups } = await read.readAccessRules();
      expect(groups.at(-1)).toMatchObject({ uuid: 903, name: "007 agents", colour: 12, position: 3 });
    });
  });
});

describe.each(upgrades)("interrupted upgrade: %s", (_name, kind) => {
  const interruption = new Error("interrupted");
  const interruptions = [...upgradeSteps, { name: "the commit" }].map(({ name }, index) => ({
    at: `before ${name}`,
    steps: upgradeSteps.toSpliced(index, 0, failing()),
  }));
  function failing() {
    const fail = () => {
      throw interruption;
    };
    return { name: "interruption", isNeeded: () => true, apply: fail };
  }

  it("leaves the file unchanged and no other file behind, whichever step fails", async () => {
    const file = await upstreamFile(kind);
    const original = await readFile(file);
    for (const { at, steps } of interruptions) {
      expect(() => upgradeFile(file, { initial, logger: silentLogger, steps }), at).toThrow(interruption);
      expect(original.equals(await readFile(file)), at).toBe(true);
      expect(beside(file), at).toEqual([]);
    }
    upgradeFile(file, { initial, logger: silentLogger });
    expect(original.equals(await readFile(file))).toBe(false);
  });

  it("needs no further step after the upgrade", async () => {
    const file = await upstreamFile(kind);
    upgradeFile(file, { initial, logger: silentLogger });
    inspect(file, (raw) => {
      const context = { raw, file, initial, isFirstOpen: true, warn: () => {} };
      expect(upgradeSteps.filter((step) => step.isNeeded(context)).map(({ name }) => name)).toEqual([]);
    });
  });
});

it.each([
  ["12", "12"],
  ["-3", "-3"],
  ["9223372036854775807", "9223372036854775807"],
  ["1.5", "1.5"],
  ["0x10", "0x10"],
  ["12 monkeys", "12 monkeys"],
  // The column affinity has lost the original form of these names.
  ["007", "7"],
  ["1e3", "1000"],
  ["99999999999999999999", "100000000000000000000"],
])("reads a group that the reference server named %j as %j", async (name, read) => {
  const file = await upstreamFile({ shape: 5 });
  inspect(file, (raw) =>
    raw.prepare("insert into groups values (9, x'555505', ?, ?, 3)").run(name, BigInt(5)),
  );
  await using(file, async (store) => {
    const { groups } = await store.read.readAccessRules();
    expect(groups.at(-1)).toMatchObject({ uuid: 9, name: read, colour: 5, position: 3 });
  });
});

it("logs the steps and what was lost", async () => {
  const { logger, lines } = collect();
  const file = await upstreamFile({ shape: 3 });
  upgradeFile(file, { initial, logger });
  const [backup] = beside(file);
  expect(lines).toEqual([
    [
      "info",
      expect.objectContaining({ file, from: 3, to: 5, backup: join(dirname(file), String(backup)) }),
      "database upgraded",
    ],
    ["warn", expect.anything(), expect.stringMatching(/^3 groups .* dropped.*the backup has them/)],
    ["warn", expect.anything(), expect.stringMatching(/^3 memberships/)],
  ]);
});

it("keeps accounts of the same name and logs the name", async () => {
  const { logger, lines } = collect();
  const file = await upstreamFile({ shape: 5 });
  inspect(file, (raw) => raw.exec("insert into users values (1, 'ann', '', '')"));
  upgradeFile(file, { initial, logger });
  expect(lines).toEqual([
    ["warn", { file, names: ["ann"] }, expect.stringContaining("duplicate account names")],
  ]);
  await using(file, async ({ read }) => {
    expect((await read.accounts.findCredentialsByName("ann"))?.uuid).toBe(103);
    expect(await read.accounts.list()).toHaveLength(4);
  });
});
