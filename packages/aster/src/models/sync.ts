import {
  checkReply,
  type Packet,
  Status,
  type SyncServer as SyncServerData,
  syncServer,
} from "@asterite/aster-protocol";
import { isRecord } from "@asterite/util";
import { Mismatch } from "@asterite/util/schema";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import {
  AsterError,
  argumentError,
  CommandError,
  checkArray,
  checkBytes,
  checkOptions,
  checkType,
} from "../errors.ts";

/** Fields of a {@link SyncServer}. */
export interface SyncServerFields {
  /** Host name or address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the server; empty if unknown. */
  readonly name?: string;
  /** Icon of the server as PNG bytes; empty if unknown. */
  readonly pfp?: Uint8Array;
  /** Uuid of the account on that server, if known. */
  readonly uuid?: number | undefined;
  /** Name of the account on that server. */
  readonly username?: string;
}

const fieldTypes = {
  ip: "string",
  port: "number",
  name: "string",
  pfp: 0,
  uuid: "number",
  username: "string",
};

/** An entry of the server list that an account stores on its sync server. */
export class SyncServer {
  /** Host name or address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the server; empty if unknown. */
  readonly name: string;
  /** Icon of the server as PNG bytes; empty if unknown. */
  readonly pfp: Uint8Array;
  /** Uuid of the account on that server; undefined if unknown. */
  readonly uuid: number | undefined;
  /** Name of the account on that server. */
  readonly username: string;

  /**
   * Creates an entry for {@link Server.setSyncServers}.
   *
   * @throws AsterError `ARGUMENT_INVALID` with the name of the first field that is missing or invalid.
   */
  constructor(fields: SyncServerFields) {
    checkOptions("fields", fields, fieldTypes);
    checkType("ip", fields.ip, "string");
    checkType("port", fields.port, "number");
    this.ip = fields.ip;
    this.port = fields.port;
    this.name = fields.name ?? "";
    this.pfp = fields.pfp ?? new Uint8Array();
    checkBytes("pfp", this.pfp);
    this.uuid = fields.uuid;
    this.username = fields.username ?? "";
  }

  /**
   * Creates an entry from one of a `sync_get_servers` packet. Null fields become empty or undefined.
   *
   * @throws AsterError `ARGUMENT_INVALID` with the name of the first field that is missing or invalid.
   */
  static fromJson(value: Omit<SyncServerData, "idx"> & { readonly idx?: number }): SyncServer {
    const entry = syncServer(isRecord(value) ? { idx: 0, ...value } : value);
    if (!(entry instanceof Mismatch)) return fromWire(entry);
    const { field, expected } = entry;
    throw argumentError(field || "value", field === "" ? value : Reflect.get(value, field), expected);
  }

  /** Returns the entry in the form of `sync_set_servers`, with the index `idx` set to 0. */
  toJSON(): SyncServerData {
    return {
      uuid: this.uuid ?? null,
      uname: this.username,
      ip: this.ip,
      port: this.port,
      pfp: this.pfp.length === 0 ? null : encodeBase64(this.pfp),
      name: this.name === "" ? null : this.name,
      idx: 0,
    };
  }
}

/** Data that an account stores on its sync server to share between its clients. */
export class SyncData {
  /** Display name. */
  readonly uname: string;
  /** Profile picture as PNG bytes. */
  readonly pfp: Uint8Array;
  /** Server list, in the order that the user chose. */
  readonly servers: readonly SyncServer[];

  /** Creates the sync data from its parts. */
  constructor(uname: string, pfp: Uint8Array, servers: readonly SyncServer[]) {
    checkType("uname", uname, "string");
    checkBytes("pfp", pfp);
    checkArray("servers", servers);
    this.uname = uname;
    this.pfp = pfp;
    this.servers = servers;
  }

  /**
   * Creates sync data from the replies to `sync_get` and `sync_get_servers`. Returns undefined if the account
   * has never stored any (status 404).
   *
   * @throws CommandError for any other status, AsterError `PROTOCOL_VIOLATION` for invalid fields and
   *   `ARGUMENT_INVALID` for a value without status.
   */
  static fromJson(value: Packet, servers: Packet): SyncData | undefined {
    if (value?.status === Status.NotFound) return undefined;
    const { uname, pfp } = parseReply("sync_get", value);
    const list = parseReply("sync_get_servers", servers).servers;
    return new SyncData(uname, decodeBase64(pfp), list.map(fromWire));
  }

  /** Creates sync data that have servers, but neither a name nor a picture. */
  static fromServersJson(servers: Packet): SyncData {
    return new SyncData("", new Uint8Array(), parseReply("sync_get_servers", servers).servers.map(fromWire));
  }
}

const fromWire = (data: SyncServerData): SyncServer =>
  new SyncServer({
    ip: data.ip,
    port: data.port,
    name: data.name ?? "",
    pfp: decodeBase64(data.pfp ?? ""),
    uuid: data.uuid ?? undefined,
    username: data.uname,
  });

function parseReply<Name extends "sync_get" | "sync_get_servers">(name: Name, packet: Packet) {
  const { status } = isRecord(packet) ? packet : {};
  if (typeof status !== "number") throw argumentError(`${name}.status`, status, "a number");
  if (status !== Status.Ok) throw new CommandError(name, status);
  const checked = checkReply(name, packet);
  if (checked.ok) return checked.value;
  throw new AsterError("PROTOCOL_VIOLATION", `field ${checked.field}: expected ${checked.expected}`, {
    command: name,
  });
}
