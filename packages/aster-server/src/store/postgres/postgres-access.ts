import type { AccessFacts, StoreAccess } from "../store.ts";
import { readAccessFacts } from "./access-rules.ts";
import { PostgresAccounts } from "./accounts.ts";
import { PostgresChannels } from "./channels.ts";
import { PostgresRests } from "./cooldowns.ts";
import { PostgresEvents } from "./events.ts";
import { PostgresGroups } from "./groups.ts";
import { PostgresMessages } from "./messages.ts";
import { PostgresMarkers } from "./read-markers.ts";
import { PostgresServer } from "./server-profile.ts";
import { PostgresSync } from "./sync.ts";
import { PostgresTokens } from "./tokens.ts";
import type { Source } from "./transaction.ts";

/** Everything that can be asked and changed in PostgreSQL, inside a transaction or outside. */
export class PostgresAccess implements StoreAccess {
  readonly accounts: PostgresAccounts;
  readonly tokens: PostgresTokens;
  readonly messages: PostgresMessages;
  readonly channels: PostgresChannels;
  readonly groups: PostgresGroups;
  readonly sync: PostgresSync;
  readonly markers: PostgresMarkers;
  readonly server: PostgresServer;
  readonly events: PostgresEvents;
  readonly rests: PostgresRests;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
    this.accounts = new PostgresAccounts(source);
    this.tokens = new PostgresTokens(source);
    this.messages = new PostgresMessages(source);
    this.channels = new PostgresChannels(source);
    this.groups = new PostgresGroups(source);
    this.sync = new PostgresSync(source);
    this.markers = new PostgresMarkers(source);
    this.server = new PostgresServer(source);
    this.events = new PostgresEvents(source);
    this.rests = new PostgresRests(source);
  }

  async accessFacts(): Promise<AccessFacts> {
    return readAccessFacts(await this.#source.reading());
  }
}
