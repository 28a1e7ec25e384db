import type { Writable } from "node:stream";
import type { RemotePlayer } from "../engine/remote-player.ts";
import { StreamSubscriber } from "./stream-subscriber.ts";

/** Packets that a newcomer gets at once: half a second. */
const burstPackets = 25;

/** All who listen to one player; they share each encoded packet. */
export class StreamSubscribers {
  readonly #player: RemotePlayer;
  readonly #subscribers = new Map<Writable, StreamSubscriber>();
  readonly #burst: Uint8Array[] = [];

  constructor(player: RemotePlayer) {
    this.#player = player;
  }

  /** How many there are. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Lets one in. */
  add(output: Writable, maxBufferedBytes: number): void {
    this.#subscribers.set(output, new StreamSubscriber(output, this.#burst, maxBufferedBytes));
    this.#player.listener = (packet) => this.#send(packet);
  }

  /** One has left. */
  delete(output: Writable): void {
    this.#subscribers.delete(output);
    if (this.#subscribers.size > 0) return;
    this.#player.listener = undefined;
    this.#burst.length = 0;
  }

  /** Sends everybody home. */
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
