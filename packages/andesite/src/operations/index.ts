export { EventBuffer, VoiceServerUpdate } from "./connection.ts";
export { Destroy, Pause, Play, type PlayOptions, Seek, Stop, Volume } from "./playback.ts";
export { SendOperation } from "./send-operation.ts";
export {
  FilterUpdate,
  type MixerPlayerUpdateMap,
  MixerUpdate,
  Update,
  type UpdateOptions,
} from "./update.ts";
