/** Entry of the event log. Numbers have no gaps; every client sees events in their order. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: EventType;
  /** Channel that a client must be able to read to see the event; null for events outside channels. */
  readonly channel: number | null;
  /** Message or user that changed. */
  readonly subject: number | null;
}

/**
 * Type of an event: the push that publishes the change, or `cut_user` and `cut_token`, which only servers act on.
 */
export type EventType =
  /** The subject's sessions must be closed. */
  | "cut_user"
  /** The sessions of the token with the subject's id must be closed. */
  | "cut_token"
  | "content"
  | "message_edited"
  | "message_deleted"
  | "get_metadata"
  | "list_channels"
  | "list_groups"
  | "list_emoji"
  | "get_name"
  | "get_icon";
