export {
  AndesiteEvent,
  OperationFailedEvent,
  PlayerDestroyedEvent,
  TrackEndEvent,
  TrackEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  TrackTitleEvent,
  UnknownAndesiteEvent,
  WebSocketClosedEvent,
} from "./andesite-event.ts";
export {
  EVENT_MAP,
  getEventModel,
  getUpdateModel,
  OP_MAP,
  type ReceivedOperation,
  readReceiveOperation,
} from "./read-receive-operation.ts";
export {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  PongResponse,
  ReceiveOperation,
  type ReceivingClient,
  StatsUpdate,
} from "./receive-operation.ts";
