import { VoiceConnection, type VoiceDependencies } from "../voice/voice-connection.ts";
import type { VoiceServer } from "../voice/voice-server.ts";
import type { HostServices } from "./host-services.ts";
import { PlayerMixer } from "./player-mixer.ts";

/** The audio of one player in a worker thread: its mixer and its outputs. */
export class HostedPlayer {
  readonly id: number;
  readonly mixer: PlayerMixer;
  readonly #services: HostServices;
  readonly #voiceServices: VoiceDependencies;
  readonly #onActivity: (player: HostedPlayer) => void;
  #voice: VoiceConnection | undefined;
  #radio = false;
  #hasListeners = false;

  /** @param onActivity - Called when {@link isActive} may have changed. */
  constructor(
    id: number,
    services: HostServices,
    voiceServices: VoiceDependencies,
    onActivity: (player: HostedPlayer) => void,
  ) {
    this.id = id;
    this.mixer = new PlayerMixer(id, services);
    this.#services = services;
    this.#voiceServices = voiceServices;
    this.#onActivity = onActivity;
  }

  /** The voice connection; `undefined` until the first voice server update. */
  get voice(): VoiceConnection | undefined {
    return this.#voice;
  }

  /** Whether its frames go to the main thread. */
  get hasListeners(): boolean {
    return this.#hasListeners;
  }

  /** Whether to tick it: it has a listener, a voice connection that can send, or `radio`. */
  get isActive(): boolean {
    return this.#radio || this.#hasListeners || this.#voice?.isReady === true;
  }

  /** Changes the outputs, see the command `outputs`. */
  setOutputs(radio: boolean, hasListeners: boolean): void {
    this.#radio = radio;
    this.#hasListeners = hasListeners;
    this.#onActivity(this);
  }

  /** Connects to a Discord call. */
  join(server: VoiceServer): void {
    const { report } = this.#services;
    const { id: player } = this;
    this.#voice ??= new VoiceConnection(this.#voiceServices, {
      stateChanged: (state) => {
        this.#onActivity(this);
        report({ type: "voice-state", player, ...state });
      },
      closed: (code, reason, byRemote) => report({ type: "voice-closed", player, code, reason, byRemote }),
    });
    this.#voice.update(server);
  }

  /** Advances by 20 ms: sends the frame to the call and returns it; `null` for silence. */
  tick(): Uint8Array | null {
    if (!this.#radio && !this.#hasListeners && this.#voice?.holdPlayback()) return null;
    const packet = this.mixer.pullFrame();
    this.#voice?.sendFrame(packet);
    return packet;
  }

  /** Leaves the call, and closes the decks. */
  close(): void {
    this.#radio = false;
    this.#hasListeners = false;
    this.#voice?.close();
    this.#onActivity(this);
    this.mixer.close();
  }
}
