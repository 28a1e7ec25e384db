// The messages between the main thread, which has the players' state, and the worker threads, which have
// their audio.

import type { Severity } from "@asterite/andesite-protocol";
import type { FilterValues } from "@asterite/audio/dsp";
import type { MediaLocation } from "../bytes/media-location.ts";
import type { VoiceServer, VoiceState } from "../voice/voice-server.ts";

/** Name of a mixer player; `null` is the single player. */
export type DeckName = string | null;

/** Address of a deck, the same in both threads. */
export interface DeckAddress {
  /** Id of the player. */
  readonly player: number;
  readonly deck: DeckName;
}

/** Identity of a track, the same in both threads. */
export interface TrackKey extends DeckAddress {
  /** Number of the track within its player; a track that is played again gets a new one. */
  readonly generation: number;
}

/** Settings of a deck. */
export interface DeckSettings {
  /** Percent, from 0 to 1000. */
  readonly volume: number;
  readonly paused: boolean;
  readonly filters: FilterValues;
}

/** A track to play, and how. */
export interface PlayCommand {
  /** Generation of the track, see {@link TrackKey}. */
  readonly generation: number;
  /** Position in the track at which to start, in ms. */
  readonly startMs: number;
  /** Position in the track at which it ends, in ms; 0 for its own end. */
  readonly endMs: number;
  /** Length of the crossfade from the track before it, in ms; 0 for none. */
  readonly crossfadeMs: number;
  /** Whether to normalise the loudness. */
  readonly normalize: boolean;
  /** Whether to queue it after the current track instead of replacing that. */
  readonly next: boolean;
}

/** An error as plain data, see `serialized-error.ts`. */
export interface SerializedError {
  readonly message: string;
  readonly severity: Severity;
  readonly name: string;
  readonly stack: string | undefined;
  readonly cause: SerializedError | undefined;
}

/**
 * Command to one deck. `revision` numbers the commands that change the deck's position, so that the main
 * thread can detect whether a position in `SharedDeckStats` already reflects the last of them.
 */
export type DeckCommand = DeckAddress &
  (
    | {
        /** Creates the deck, or changes its settings. */
        readonly type: "configure";
        /** Memory of the deck's `SharedDeckStats`. */
        readonly stats: SharedArrayBuffer;
        readonly settings: DeckSettings;
        readonly revision: number;
      }
    | { readonly type: "play"; readonly command: PlayCommand; readonly revision: number }
    | { readonly type: "stop"; readonly revision: number }
    | { readonly type: "seek"; readonly positionMs: number; readonly revision: number }
    /** Changes the end marker of the current track. */
    | { readonly type: "end-marker"; readonly endMs: number }
    /** Removes the queued track. */
    | { readonly type: "unqueue" }
  );

/** Message from the main thread to a worker thread. */
export type Command =
  | { readonly type: "add"; readonly player: number }
  | { readonly type: "remove"; readonly player: number }
  | DeckCommand
  /** Selects the mixer or the single player as the source of the audio. */
  | { readonly type: "source"; readonly player: number; readonly mixer: boolean }
  /** Adds the mixer players to the audio of the single player, while that plays. */
  | { readonly type: "layers"; readonly player: number; readonly enabled: boolean }
  | {
      readonly type: "outputs";
      readonly player: number;
      /** Whether to play in real time without any output. */
      readonly radio: boolean;
      /** Whether to send the frames to the main thread. */
      readonly hasListeners: boolean;
    }
  /** Connects to a Discord call. */
  | { readonly type: "voice"; readonly player: number; readonly server: VoiceServer }
  /** Replies to the report `locate`. */
  | { readonly type: "located"; readonly request: number; readonly location: MediaLocation }
  | { readonly type: "locate-failed"; readonly request: number; readonly error: SerializedError };

/** Request for the location of a track's bytes; the reply is the command `located` or `locate-failed`. */
export type LocateReport = TrackKey & { readonly type: "locate"; readonly request: number };

/** Report about the audio of one player. */
export type AudioReport =
  | (TrackKey & {
      /** The track ended by itself, and its last frame was delivered. */
      readonly type: "ended";
      readonly reason: "FINISHED" | "LOAD_FAILED";
      /** Generation of the track that followed without a gap; `undefined` for none. */
      readonly next: number | undefined;
    })
  /** The track has a fault; `ended` follows once the frames before the fault were delivered. */
  | (TrackKey & { readonly type: "exception"; readonly error: SerializedError })
  /** The single player's track provided no frame for longer than the threshold. */
  | (TrackKey & { readonly type: "stuck" })
  /** A station announced another title, in the audio that was read for playing. */
  | (TrackKey & { readonly type: "title"; readonly title: string })
  /** The audio comes from the mixer, or from the single player, from now on. */
  | { readonly type: "source"; readonly player: number; readonly mixer: boolean }
  /** The connection to Discord's voice gateway changed, or a heartbeat was answered. */
  | ({ readonly type: "voice-state"; readonly player: number } & VoiceState)
  /** The connection to Discord's voice gateway ended; only another `voice` command starts it again. */
  | {
      readonly type: "voice-closed";
      readonly player: number;
      readonly code: number;
      readonly reason: string;
      readonly byRemote: boolean;
    };

/** Message from a worker thread to the main thread. */
export type Report =
  | LocateReport
  | AudioReport
  /** A mixer player was idle for too long and was removed. */
  | {
      readonly type: "deck-removed";
      readonly player: number;
      readonly deck: string;
      /** Last command that the deck executed; if the main thread has sent a later one, the deck lives on. */
      readonly revision: number;
    }
  /** Segments of the track, an HLS stream, could not be loaded, and there is silence in their place. */
  | (TrackKey & { readonly type: "segments-lost"; readonly error: SerializedError; readonly seconds: number })
  /** The frames of one tick of all players with listeners, joined. */
  | {
      readonly type: "frames";
      readonly players: readonly number[];
      readonly lengths: readonly number[];
      readonly packets: Uint8Array;
    }
  /** Sent once a second while the thread has active players, and once when the last of them becomes idle. */
  | { readonly type: "load"; readonly load: WorkerLoad };

/** Sends a report to the main thread. */
export type SendReport = (report: Report, transfer?: ArrayBuffer[]) => void;

/** Load of a worker thread. */
export interface WorkerLoad {
  /** Share of the last second that the thread was busy, from 0 to 1. */
  readonly busy: number;
  /** Active players: those with listeners, a voice connection that can send, or `radio`. */
  readonly active: number;
  /** Ticks since the thread started. */
  readonly ticks: number;
  /** Voice connections that can send. */
  readonly voices: number;
  /** Voice connections that can send and are end-to-end encrypted. */
  readonly endToEnd: number;
  /** Packets of voice connections since the thread started. */
  readonly packets: { readonly sent: number; readonly failed: number; readonly heldBack: number };
  /** Ticks skipped since the thread started. */
  readonly skipped: number;
  /**
   * Histogram of the ticks' lateness since the thread started: index in whole ms, the last one for all above.
   */
  readonly lateness: Uint32Array;
}
