import { AuditTable } from "../audit-table.ts";
import { FileTable } from "../file-table.ts";
import type { AccessRules, StoreAccess } from "../store.ts";
import { readAccessRules } from "./access-rules.ts";
import { PostgresAccounts } from "./accounts.ts";
import { PostgresChannels } from "./channels.ts";
import { PostgresCooldowns } from "./cooldowns.ts";
import { PostgresEvents } from "./events.ts";
import { PostgresGroups } from "./groups.ts";
import { PostgresInvites } from "./invites.ts";
import { PostgresMessages } from "./messages.ts";
import { PostgresReadMarkers } from "./read-markers.ts";
import { PostgresServerProfile } from "./server-profile.ts";
import { PostgresSync } from "./sync.ts";
import { PostgresTokens } from "./tokens.ts";
import type { QuerySource } from "./transaction.ts";

/** Repositories of a PostgreSQL database, inside a transaction or outside. */
export class PostgresAccess implements StoreAccess {
  readonly accounts: PostgresAccounts;
  readonly tokens: PostgresTokens;
  readonly invites: PostgresInvites;
  readonly messages: PostgresMessages;
  readonly channels: PostgresChannels;
  readonly groups: PostgresGroups;
  readonly sync: PostgresSync;
  readonly readMarkers: PostgresReadMarkers;
  readonly server: PostgresServerProfile;
  readonly events: PostgresEvents;
  readonly cooldowns: PostgresCooldowns;
  readonly audit: AuditTable;
  readonly files: FileTable;
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
    this.accounts = new PostgresAccounts(source);
    this.tokens = new PostgresTokens(source);
    this.invites = new PostgresInvites(source);
    this.messages = new PostgresMessages(source);
    this.channels = new PostgresChannels(source);
    this.groups = new PostgresGroups(source);
    this.sync = new PostgresSync(source);
    this.readMarkers = new PostgresReadMarkers(source);
    this.server = new PostgresServerProfile(source);
    this.events = new PostgresEvents(source);
    this.cooldowns = new PostgresCooldowns(source);
    this.audit = new AuditTable(source);
    this.files = new FileTable(source);
  }

  async readAccessRules(): Promise<AccessRules> {
    return readAccessRules(await this.#source.queryForReading());
  }
}
