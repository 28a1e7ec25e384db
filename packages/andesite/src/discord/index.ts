export {
  type DiscordJsClient,
  type DiscordJsShard,
  fromDiscordJs,
  fromRawPackets,
  type RawGateway,
  type RawGatewayOptions,
} from "./adapters.ts";
export {
  connectVoiceChannel,
  type DiscordGateway,
  disconnectVoiceChannel,
  type GatewayPacket,
  updateVoiceState,
  type VoiceChannelLike,
} from "./gateway.ts";
export { compareRegions, createRegionComparator, type RegionComparison } from "./regions.ts";
export {
  addVoiceServerUpdateHandler,
  removeVoiceServerUpdateHandler,
  SocketResponseHandler,
  type VoiceServerReceiver,
  type VoiceServerUpdateOptions,
} from "./socket-response-handler.ts";
