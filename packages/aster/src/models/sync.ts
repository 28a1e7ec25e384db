import { checkReply, type Packet, Status, type SyncServer as SyncServerData } from "@asterite/aster-protocol";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { AsterError, CommandError } from "../errors.ts";

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

  /** Creates an entry for {@link Server.setSyncServers}. */
  constructor(fields: SyncServerFields) {
    this.ip = fields.ip;
    this.port = fields.port;
    this.name = fields.name ?? "";
    this.pfp = fields.pfp ?? new Uint8Array();
    this.uuid = fields.uuid;
    this.username = fields.username ?? "";
  }

  /** Creates an entry from one of a `sync_get_servers` packet. Null fields become empty or undefined. */
  static fromJson(value: Omit<SyncServerData, "idx"> & { readonly idx?: number }): SyncServer {
    return new SyncServer({
      ip: value.ip,
      port: value.port,
      name: value.name ?? "",
      pfp: decodeBase64(value.pfp ?? ""),
      uuid: value.uuid ?? undefined,
      username: value.uname,
    });
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
    this.uname = uname;
    this.pfp = pfp;
    this.servers = servers;
  }

  /**
   * Creates sync data from the replies to `sync_get` and `sync_get_servers`. Returns undefined if the account
   * has never stored any (status 404).
   *
   * @throws CommandError for any other status, AsterError `PROTOCOL_VIOLATION` for invalid fields.
   */
  static fromJson(value: Packet, servers: Packet): SyncData | undefined {
    if (value.status === Status.NotFound) return undefined;
    const { uname, pfp } = parseReply("sync_get", value);
    const list = parseReply("sync_get_servers", servers).servers;
    return new SyncData(
      uname,
      decodeBase64(pfp),
      list.map((entry) => SyncServer.fromJson(entry)),
    );
  }
}

function parseReply<Name extends "sync_get" | "sync_get_servers">(name: Name, packet: Packet) {
  if (packet.status !== Status.Ok) throw new CommandError(name, packet.status);
  const checked = checkReply(name, packet);
  if (checked.ok) return checked.value;
  throw new AsterError("PROTOCOL_VIOLATION", `field ${checked.field}: expected ${checked.expected}`, {
    command: name,
  });
}
