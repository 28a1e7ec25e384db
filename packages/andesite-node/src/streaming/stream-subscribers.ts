import type { Writable } from "node:stream";
import type { RemotePlayer } from "../engine/remote-player.ts";
import { StreamSubscriber } from "./stream-subscriber.ts";

/** Recent packets that a new subscriber receives immediately: half a second. */
const burstPackets = 25;

/** HTTP subscribers of one player's audio. They share each encoded packet. */
export class StreamSubscribers {
  readonly #player: RemotePlayer;
  readonly #subscribers = new Map<Writable, StreamSubscriber>();
  readonly #burst: Uint8Array[] = [];

  constructor(player: RemotePlayer) {
    this.#player = player;
  }

  /** Number of subscribers. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a subscriber. */
  add(output: Writable, maxBufferedBytes: number): void {
    this.#subscribers.set(output, new StreamSubscriber(output, this.#burst, maxBufferedBytes));
    this.#player.listener = (packet) => this.#send(packet);
  }

  /** Removes a subscriber. Without subscribers the player stops sending packets. */
  delete(output: Writable): void {
    this.#subscribers.delete(output);
    if (this.#subscribers.size > 0) return;
    this.#player.listener = undefined;
    this.#burst.length = 0;
  }

  /** Ends all streams. */
  close(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
    this.#player.listener = undefined;
  }

  #send(packet: Uint8Array): void {
    if (this.#burst.push(packet) > burstPackets) this.#burst.shift();
    for (const [output, subscriber] of this.#subscribers) {
      if (!subscriber.send(packet)) output.destroy();
    }
  }
}
