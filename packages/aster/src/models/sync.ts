import { checkReply, type Packet, Status, type SyncServer as SyncServerData } from "@asterite/aster-protocol";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { AsterError, CommandError } from "../errors.ts";

/** What an entry of the server list holds. */
export interface SyncServerFields {
  /** Host name or address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** The server's name; empty if it is not known. */
  readonly name?: string;
  /** The server's picture as PNG bytes; empty if it is not known. */
  readonly pfp?: Uint8Array;
  /** The account's uuid on that server, if it is known. */
  readonly uuid?: number | undefined;
  /** The account's name on that server. */
  readonly username?: string;
}

/** One server of the list that an account keeps on its sync server. */
export class SyncServer {
  /** Host name or address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** The server's name; empty if it is not known. */
  readonly name: string;
  /** The server's picture as PNG bytes; empty if it is not known. */
  readonly pfp: Uint8Array;
  /** The account's uuid on that server; undefined if it is not known. */
  readonly uuid: number | undefined;
  /** The account's name on that server. */
  readonly username: string;

  /** Makes an entry for {@link Server.setSyncServers}. */
  constructor(fields: SyncServerFields) {
    this.ip = fields.ip;
    this.port = fields.port;
    this.name = fields.name ?? "";
    this.pfp = fields.pfp ?? new Uint8Array();
    this.uuid = fields.uuid;
    this.username = fields.username ?? "";
  }

  /** Reads an entry of a `sync_get_servers` packet. What is null there is empty or undefined here. */
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

  /** The entry as `sync_set_servers` takes it, but for its place in the list, which is 0 here. */
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

/** What an account keeps on its sync server, so that all its clients have the same. */
export class SyncData {
  /** The name to show. */
  readonly uname: string;
  /** The picture as PNG bytes. */
  readonly pfp: Uint8Array;
  /** The servers of the account, in its order. */
  readonly servers: readonly SyncServer[];

  /** Puts the parts together. */
  constructor(uname: string, pfp: Uint8Array, servers: readonly SyncServer[]) {
    this.uname = uname;
    this.pfp = pfp;
    this.servers = servers;
  }

  /**
   * Reads the replies to `sync_get` and `sync_get_servers`; undefined if nothing was ever stored (404).
   *
   * @throws CommandError for any other status, AsterError `PROTOCOL_VIOLATION` for bad fields.
   */
  static fromJson(value: Packet, servers: Packet): SyncData | undefined {
    if (value.status === Status.NotFound) return undefined;
    const { uname, pfp } = fieldsOf("sync_get", value);
    const list = fieldsOf("sync_get_servers", servers).servers;
    return new SyncData(
      uname,
      decodeBase64(pfp),
      list.map((entry) => SyncServer.fromJson(entry)),
    );
  }
}

function fieldsOf<Name extends "sync_get" | "sync_get_servers">(name: Name, packet: Packet) {
  if (packet.status !== Status.Ok) throw new CommandError(name, packet.status);
  const checked = checkReply(name, packet);
  if (checked.ok) return checked.value;
  throw new AsterError("PROTOCOL_VIOLATION", `field ${checked.field}: expected ${checked.expected}`, {
    command: name,
  });
}
