import { Header } from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import type { WebSocketLike } from "./socket.ts";

/** Connection ids that can be sent back in a header. */
const connectionIdPattern = /^[\x21-\x7e]{1,256}$/;

/**
 * Id and region of a node, and the id of the connection. Kept across connections until the node sends new
 * values.
 */
export class NodeInfo {
  connectionId: string | null = null;
  nodeRegion: string | null = null;
  nodeId: string | null = null;
  #hasRegion = false;
  #hasId = false;

  /** Reads the headers of the handshake response. */
  readHeaders(socket: WebSocketLike): void {
    const region = socket.header(Header.NODE_REGION);
    const id = socket.header(Header.NODE_ID);
    this.#hasRegion = region !== null;
    this.#hasId = id !== null;
    this.nodeRegion = region ?? this.nodeRegion;
    this.nodeId = id ?? this.nodeId;
    this.connectionId = socket.header(Header.CONNECTION_ID) ?? this.connectionId;
  }

  /** Reads the metadata message, for values that the handshake response did not contain. */
  readMetadata({ nodeRegion, nodeId }: Readonly<Record<string, unknown>>): void {
    if (!this.#hasRegion && typeof nodeRegion === "string") this.nodeRegion = nodeRegion;
    if (!this.#hasId && typeof nodeId === "string") this.nodeId = nodeId;
  }

  /** @throws MalformedDataError for an id that cannot be sent back in a header to resume the connection. */
  setConnectionId(id: string): void {
    if (!connectionIdPattern.test(id))
      throw new MalformedDataError("connection-id", "id", "a valid header value");
    this.connectionId = id;
  }
}
