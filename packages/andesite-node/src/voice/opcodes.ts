/** Opcodes of Discord's voice gateway, version 8. */
export const VoiceOpcode = Object.freeze({
  IDENTIFY: 0,
  SELECT_PROTOCOL: 1,
  READY: 2,
  HEARTBEAT: 3,
  SESSION_DESCRIPTION: 4,
  SPEAKING: 5,
  HEARTBEAT_ACK: 6,
  RESUME: 7,
  HELLO: 8,
  RESUMED: 9,
  CLIENTS_CONNECT: 11,
  CLIENT_DISCONNECT: 13,
  DAVE_PREPARE_TRANSITION: 21,
  DAVE_EXECUTE_TRANSITION: 22,
  DAVE_TRANSITION_READY: 23,
  DAVE_PREPARE_EPOCH: 24,
  MLS_EXTERNAL_SENDER: 25,
  MLS_KEY_PACKAGE: 26,
  MLS_PROPOSALS: 27,
  MLS_COMMIT_WELCOME: 28,
  MLS_ANNOUNCE_COMMIT_TRANSITION: 29,
  MLS_WELCOME: 30,
  MLS_INVALID_COMMIT_WELCOME: 31,
});

/** Reaction to a close of the gateway connection. */
export type CloseAction =
  /** The session can be resumed on a new connection. */
  | "resume"
  /** The session or the call has ended: wait for another voice server update. */
  | "wait";

/**
 * First of Discord's own close codes. Codes below it indicate a network failure, which does not end the
 * session.
 */
const firstDiscordCode = 4_000;
/** The voice server crashed. Discord's documentation requires a resume. */
const serverCrashed = 4_015;

/** Returns the reaction to a close code, by Discord's table of voice close event codes. */
export const closeAction = (code: number): CloseAction =>
  code < firstDiscordCode || code === serverCrashed ? "resume" : "wait";
