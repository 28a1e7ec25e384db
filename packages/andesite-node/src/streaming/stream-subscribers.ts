import type { Writable } from "node:stream";
import type { RemotePlayer } from "../engine/remote-player.ts";
import { Listener } from "./stream-subscriber.ts";

/** Packets that a newcomer gets at once: half a second. */
const burstPackets = 25;

/** All who listen to one player; they share each encoded packet. */
export class Audience {
  readonly #player: RemotePlayer;
  readonly #listeners = new Map<Writable, Listener>();
  readonly #recent: Uint8Array[] = [];

  constructor(player: RemotePlayer) {
    this.#player = player;
  }

  /** How many there are. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Lets one in. */
  add(output: Writable, maxBufferedBytes: number): void {
    this.#listeners.set(output, new Listener(output, this.#recent, maxBufferedBytes));
    this.#player.listener = (packet) => this.#send(packet);
  }

  /** One has left. */
  delete(output: Writable): void {
    this.#listeners.delete(output);
    if (this.#listeners.size > 0) return;
    this.#player.listener = undefined;
    this.#recent.length = 0;
  }

  /** Sends everybody home. */
  close(): void {
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    this.#player.listener = undefined;
  }

  #send(packet: Uint8Array): void {
    if (this.#recent.push(packet) > burstPackets) this.#recent.shift();
    for (const [output, listener] of this.#listeners) {
      if (!listener.send(packet)) output.destroy();
    }
  }
}
