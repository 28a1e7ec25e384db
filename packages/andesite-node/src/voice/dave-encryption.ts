import { DAVESession, type ProposalsOperationType } from "@snazzah/davey";
import type { CallMembers } from "./call-members.ts";
import { VoiceOpcode } from "./opcodes.ts";
import { RateWindow } from "./rate-window.ts";
import { VoiceError, VoiceErrorCode } from "./voice-error.ts";

/** Highest supported DAVE protocol version. */
export const maxDaveVersion = 1;
/** Version that stands for no end-to-end encryption. */
const disabledVersion = 0;
/** First epoch of a group: a new group is created. */
const firstEpoch = 1;
const transitionBytes = 2;
/** Transition id that is executed immediately, without an announcement. */
const immediateTransition = 0;
/** Limit of announced transitions that are remembered. Calls have at most a few pending. */
const maxPending = 64;
/** Limits of group creations and binary messages per 10 s: each takes milliseconds of CPU. */
const windowMs = 10_000;
const maxGroups = 20;
const maxMessages = 400;
/** Limit for a key, a signature and an id. */
const maxExternalSenderBytes = 4_096;

/** Identity of this client in the MLS group. */
export interface DaveIdentity {
  readonly userId: string;
  readonly channelId: string;
}

/** Sends DAVE messages over the voice gateway. */
export interface DaveGateway {
  sendBinary(opcode: number, payload: Uint8Array): void;
  send(opcode: number, data: Readonly<Record<string, unknown>>): void;
}

/**
 * Discord's end-to-end encryption of a call (DAVE): follows the MLS group of the call's members and encrypts
 * our packets for it. The library authenticates gateway messages and throws for forged ones.
 */
export class DaveEncryption {
  readonly #identity: DaveIdentity;
  readonly #members: CallMembers;
  readonly #gateway: DaveGateway;
  readonly #pendingTransitions = new Map<number, number>();
  readonly #groupRate = new RateWindow(maxGroups, windowMs);
  readonly #messageRate = new RateWindow(maxMessages, windowMs);
  #session: DAVESession | undefined;
  /**
   * External sender of MLS proposals. It may arrive before the first group, and applies to all later ones.
   */
  #externalSender: Buffer | undefined;
  /** Protocol version of the current group. */
  #groupVersion = disabledVersion;
  /** Protocol version in which packets are sent. */
  #version: number;

  /**
   * @param version - DAVE version of the session description; 0 for none.
   * @throws VoiceError for an unsupported version.
   */
  constructor(version: number, identity: DaveIdentity, members: CallMembers, gateway: DaveGateway) {
    this.#identity = identity;
    this.#members = members;
    this.#gateway = gateway;
    this.#version = checkVersion(version);
    if (version > disabledVersion) this.#createGroup(version);
  }

  /** Whether packets are sent encrypted, or held back until they can be encrypted. */
  get isActive(): boolean {
    return this.#version > disabledVersion;
  }

  /** Whether packets can be sent now: unencrypted, or to a group with members that can decrypt them. */
  get canEncrypt(): boolean {
    return this.#version === disabledVersion || this.#session?.ready === true;
  }

  /** Encrypts a packet for the call. Returns undefined until the MLS group has another member. */
  encrypt(packet: Uint8Array): Uint8Array | undefined {
    if (this.#version === disabledVersion) return packet;
    if (!this.#session?.ready) return undefined;
    try {
      return this.#session.encryptOpus(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
    } catch {
      // A packet that cannot be encrypted is dropped. Throwing would end the other calls of this thread.
      return undefined;
    }
  }

  /**
   * Prepares a transition to another protocol version.
   *
   * @throws VoiceError for an unsupported version.
   */
  prepareTransition(transition: number, version: number): void {
    this.#scheduleTransition(transition, checkVersion(version));
  }

  /** Executes a prepared transition; ignores an unknown one. */
  executeTransition(transition: number): void {
    const version = this.#pendingTransitions.get(transition);
    if (version === undefined) return;
    this.#pendingTransitions.delete(transition);
    this.#version = version;
  }

  /**
   * Prepares the next epoch of the group. The first epoch creates a new group.
   *
   * @throws VoiceError for an unsupported version.
   */
  prepareEpoch(epoch: number, version: number): void {
    checkVersion(version);
    if (epoch === firstEpoch) this.#createGroup(version);
  }

  /**
   * Handles a binary gateway message; ignores opcodes other than those of MLS.
   *
   * @throws Error for a malformed message, and for too many messages.
   */
  handleBinary(opcode: number, payload: Buffer): void {
    if (!this.#messageRate.tryConsume()) throw rateError();
    if (opcode === VoiceOpcode.MLS_EXTERNAL_SENDER) {
      this.#setExternalSender(payload);
      return;
    }
    if (!this.#session) return;
    if (opcode === VoiceOpcode.MLS_PROPOSALS) this.#processProposals(this.#session, payload);
    else if (opcode === VoiceOpcode.MLS_ANNOUNCE_COMMIT_TRANSITION)
      this.#processCommit(this.#session, payload);
    else if (opcode === VoiceOpcode.MLS_WELCOME) this.#processWelcome(this.#session, payload);
  }

  /** Destroys all keys. */
  close(): void {
    this.#session?.reset();
    this.#session = undefined;
    this.#pendingTransitions.clear();
  }

  #createGroup(version: number): void {
    if (!this.#groupRate.tryConsume()) throw rateError();
    const { userId, channelId } = this.#identity;
    this.#groupVersion = version;
    if (version === disabledVersion) {
      this.#session?.reset();
      this.#session = undefined;
      return;
    }
    if (this.#session) this.#session.reinit(version, userId, channelId);
    else this.#session = new DAVESession(version, userId, channelId);
    if (this.#externalSender) this.#session.setExternalSender(this.#externalSender);
    this.#gateway.sendBinary(VoiceOpcode.MLS_KEY_PACKAGE, this.#session.getSerializedKeyPackage());
  }

  #setExternalSender(payload: Buffer): void {
    if (payload.length > maxExternalSenderBytes) throw rateError();
    // Copy, so that the buffer of the whole message can be freed.
    this.#externalSender = Buffer.from(payload);
    // An established group keeps its external sender.
    if (this.#session && !this.#session.ready) this.#session.setExternalSender(this.#externalSender);
  }

  #processProposals(session: DAVESession, payload: Buffer): void {
    const operation: ProposalsOperationType = payload.readUInt8(0);
    const memberIds = [...this.#members.ids, this.#identity.userId];
    let response: Buffer;
    try {
      const { commit, welcome } = session.processProposals(operation, payload.subarray(1), memberIds);
      if (!commit) return;
      response = welcome ? Buffer.concat([commit, welcome]) : commit;
    } catch {
      // The proposals are invalid, for example because they add a user who is not in the call: do not commit
      // to them.
      return;
    }
    this.#gateway.sendBinary(VoiceOpcode.MLS_COMMIT_WELCOME, response);
  }

  /** Applies a commit. Without group membership it cannot be processed, and the welcome follows. */
  #processCommit(session: DAVESession, payload: Buffer): void {
    const transition = payload.readUInt16BE(0);
    const wasMember = session.ready;
    try {
      session.processCommit(payload.subarray(transitionBytes));
    } catch {
      if (wasMember) this.#rejectCommit(transition);
      return;
    }
    this.#scheduleTransition(transition, this.#groupVersion);
  }

  #processWelcome(session: DAVESession, payload: Buffer): void {
    const transition = payload.readUInt16BE(0);
    try {
      session.processWelcome(payload.subarray(transitionBytes));
    } catch {
      this.#rejectCommit(transition);
      return;
    }
    this.#scheduleTransition(transition, this.#groupVersion);
  }

  /** Reports an invalid commit or welcome, so that the gateway adds us to a new group. */
  #rejectCommit(transition: number): void {
    this.#gateway.send(VoiceOpcode.MLS_INVALID_COMMIT_WELCOME, { transition_id: transition });
    this.#createGroup(this.#groupVersion);
  }

  #scheduleTransition(transition: number, version: number): void {
    this.#pendingTransitions.set(transition, version);
    // Drop the oldest transitions, which may never be executed.
    for (const oldest of this.#pendingTransitions.keys()) {
      if (this.#pendingTransitions.size <= maxPending) break;
      this.#pendingTransitions.delete(oldest);
    }
    if (transition === immediateTransition) this.executeTransition(transition);
    else this.#gateway.send(VoiceOpcode.DAVE_TRANSITION_READY, { transition_id: transition });
  }
}

function checkVersion(version: number): number {
  if (version <= maxDaveVersion) return version;
  throw new VoiceError(
    VoiceErrorCode.protocolError,
    `The call uses DAVE protocol version ${version}; the highest supported version is ${maxDaveVersion}`,
  );
}

const rateError = (): VoiceError =>
  new VoiceError(
    VoiceErrorCode.policyViolation,
    "The voice server sends more end-to-end encryption messages than a call needs",
  );
