import { Header, metadata } from "@asterite/andesite-protocol";
import { MalformedDataError } from "../errors.ts";
import type { WebSocketLike } from "./socket.ts";

/** What goes back to the node in a header has to fit into one. */
const connectionIdPattern = /^[\x21-\x7e]{1,256}$/;

/** What a node says about itself and about the connection to it; kept until the next connection says otherwise. */
export class NodeInfo {
  connectionId: string | null = null;
  nodeRegion: string | null = null;
  nodeId: string | null = null;
  #hasRegion = false;
  #hasId = false;

  /** Takes what the answer to a handshake says. */
  readHeaders(socket: WebSocketLike): void {
    const region = socket.header(metadata.nodeRegion.header);
    const id = socket.header(metadata.nodeId.header);
    this.#hasRegion = region !== null;
    this.#hasId = id !== null;
    this.nodeRegion = region ?? this.nodeRegion;
    this.nodeId = id ?? this.nodeId;
    this.connectionId = socket.header(Header.CONNECTION_ID) ?? this.connectionId;
  }

  /** Takes what the metadata message says, where the answer to the handshake did not. */
  readMetadata({ nodeRegion, nodeId }: Readonly<Record<string, unknown>>): void {
    if (!this.#hasRegion && typeof nodeRegion === "string") this.nodeRegion = nodeRegion;
    if (!this.#hasId && typeof nodeId === "string") this.nodeId = nodeId;
  }

  /** @throws MalformedDataError for an id with which no connection could be resumed. */
  setConnectionId(id: string): void {
    if (!connectionIdPattern.test(id))
      throw new MalformedDataError("connection-id", "id", "what a header can hold");
    this.connectionId = id;
  }
}
