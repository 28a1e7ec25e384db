export { AbstractState, type AbstractStateOptions, defaultStateOptions } from "./abstract-state.ts";
export {
  type DeckDetails,
  noDetails,
  type PlayerDetails,
  playerDetailsFromRaw,
  playerDetailsToRaw,
} from "./player-details.ts";
export {
  AbstractPlayerState,
  type MixerTracks,
  PlayerState,
  playerFromRaw,
  playerToRaw,
  type RawPlayerState,
  voiceServerUpdateFromRaw,
  voiceServerUpdateToRaw,
} from "./player-state.ts";
export { State, type StateArgument, type StateOptions } from "./state.ts";
