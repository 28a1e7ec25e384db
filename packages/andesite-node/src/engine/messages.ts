import type { Severity } from "@asterite/andesite-protocol";
import type { FilterValues } from "@asterite/audio/dsp";
import type { MediaLocation } from "../bytes/media-location.ts";
import type { VoiceServer } from "../voice/voice-server.ts";

/** Name of a mixer player; null is the single player. */
export type DeckName = string | null;

/** What a deck is set to. */
export interface DeckSettings {
  /** Percent, from 0 to 1000. */
  readonly volume: number;
  readonly paused: boolean;
  readonly filters: FilterValues;
}

/** A track to play. */
export interface PlayOrder {
  /** Number of the track within its player; what is reported about it names it. */
  readonly generation: number;
  /** ms from the start of the track. */
  readonly startMs: number;
  /** ms of the track at which it ends; 0 for its own end. */
  readonly endMs: number;
  /** Length in ms of the fade from the track before it; 0 for none. */
  readonly crossfadeMs: number;
  /** Whether its loudness is brought to that of others. */
  readonly normalize: boolean;
  /** Whether it waits for the end of the track before it. */
  readonly next: boolean;
}

/** An error as it goes from one thread to the other. */
export interface PackedError {
  readonly message: string;
  readonly severity: Severity;
  readonly name: string;
  readonly stack: string | undefined;
  readonly cause: PackedError | null;
}

/** What the thread with the players tells the thread with the audio. Stamps count the commands of a deck. */
export type Command =
  /** A player, with its single deck. */
  | { readonly type: "add"; readonly player: number }
  | { readonly type: "remove"; readonly player: number }
  /** Makes a deck, or changes its settings. */
  | {
      readonly type: "deck";
      readonly player: number;
      readonly deck: DeckName;
      readonly gauge: SharedArrayBuffer;
      readonly settings: DeckSettings;
      readonly stamp: number;
    }
  | {
      readonly type: "play";
      readonly player: number;
      readonly deck: DeckName;
      readonly order: PlayOrder;
      readonly stamp: number;
    }
  | { readonly type: "stop"; readonly player: number; readonly deck: DeckName; readonly stamp: number }
  | {
      readonly type: "seek";
      readonly player: number;
      readonly deck: DeckName;
      readonly positionMs: number;
      readonly stamp: number;
    }
  /** The end marker of the track that plays. */
  | { readonly type: "end"; readonly player: number; readonly deck: DeckName; readonly endMs: number }
  /** Which of the two is to be heard. */
  | { readonly type: "source"; readonly player: number; readonly mixer: boolean }
  /** Whether frames are asked for without an output, and whether they are to be sent to this thread. */
  | {
      readonly type: "drive";
      readonly player: number;
      readonly radio: boolean;
      readonly listening: boolean;
    }
  /** The call to go to. */
  | { readonly type: "voice"; readonly player: number; readonly server: VoiceServer }
  | { readonly type: "located"; readonly request: number; readonly location: MediaLocation }
  | { readonly type: "not-located"; readonly request: number; readonly error: PackedError };

/** What the thread with the audio reports. */
export type Report =
  /** Where are the bytes of this track? */
  | {
      readonly type: "locate";
      readonly request: number;
      readonly player: number;
      readonly deck: DeckName;
      readonly generation: number;
    }
  | {
      readonly type: "ended";
      readonly player: number;
      readonly deck: DeckName;
      readonly generation: number;
      readonly reason: "FINISHED" | "LOAD_FAILED";
      /** Number of the track that took its place without a gap; null for none. */
      readonly next: number | null;
    }
  | {
      readonly type: "exception";
      readonly player: number;
      readonly deck: DeckName;
      readonly generation: number;
      readonly error: PackedError;
    }
  | { readonly type: "stuck"; readonly player: number; readonly generation: number }
  /** Which of the two is heard from now on. */
  | { readonly type: "source"; readonly player: number; readonly mixer: boolean }
  /** A mixer player without a track is gone, unless commands beyond this stamp are under way to it. */
  | {
      readonly type: "deck-removed";
      readonly player: number;
      readonly deck: string;
      readonly stamp: number;
    }
  | {
      readonly type: "voice-closed";
      readonly player: number;
      readonly code: number;
      readonly reason: string;
      readonly byRemote: boolean;
    }
  /** The frames of one tick of all players that are listened to, one after the other. */
  | {
      readonly type: "frames";
      readonly players: readonly number[];
      readonly lengths: readonly number[];
      readonly packets: Uint8Array;
    }
  /** Once a second while players are driven. */
  | { readonly type: "load"; readonly load: WorkerLoad };

/** How a thread with audio is doing. */
export interface WorkerLoad {
  /** Share of the last second that it was busy, from 0 to 1. */
  readonly busy: number;
  /** Players that are driven. */
  readonly driven: number;
  /** Ticks since the thread started. */
  readonly ticks: number;
  /** Voice connections that can send. */
  readonly voices: number;
  /** Those of them whose audio is end-to-end encrypted. */
  readonly endToEnd: number;
  /** Packets of voice connections since the thread started. */
  readonly packets: { readonly sent: number; readonly failed: number; readonly heldBack: number };
  /** Ticks left out since the thread started. */
  readonly skipped: number;
  /** Ticks since the thread started by lateness: index in whole ms, the last one for everything later. */
  readonly lateness: Uint32Array;
}
