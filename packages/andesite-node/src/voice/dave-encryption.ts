import { DAVESession, type ProposalsOperationType } from "@snazzah/davey";
import type { CallMembers } from "./call-members.ts";
import { VoiceOpcode } from "./opcodes.ts";
import { RateWindow } from "./rate-window.ts";
import { VoiceError, VoiceErrorCode } from "./voice-error.ts";

/** The highest version of end-to-end encryption that is spoken here. */
export const maxDaveVersion = 1;
/** The version that says that there is no end-to-end encryption. */
const disabledVersion = 0;
/** The first epoch of a group: it is founded anew. */
const firstEpoch = 1;
const transitionBytes = 2;
/** A transition that waits for nobody. */
const immediateTransition = 0;
/** Announced changes that are remembered, the last ones; more than a few are never on their way. */
const maxPending = 64;
/** Groups that may be founded in ten seconds, and binary messages that may come: each takes milliseconds. */
const windowMs = 10_000;
const maxGroups = 20;
const maxMessages = 400;
/** A key, a signature and an id. */
const maxExternalSenderBytes = 4_096;

/** Whom the encryption is for. */
export interface DaveIdentity {
  readonly userId: string;
  readonly channelId: string;
}

/** What it sends over the gateway. */
export interface DaveGateway {
  sendBinary(opcode: number, payload: Uint8Array): void;
  send(opcode: number, data: Readonly<Record<string, unknown>>): void;
}

/**
 * Discord's end-to-end encryption of a call (DAVE): follows the group of those who are in it, and encrypts our
 * packets for them. What comes from the gateway is checked by the library, which throws for anything forged.
 */
export class DaveEncryption {
  readonly #identity: DaveIdentity;
  readonly #members: CallMembers;
  readonly #gateway: DaveGateway;
  readonly #pendingTransitions = new Map<number, number>();
  readonly #groupRate = new RateWindow(maxGroups, windowMs);
  readonly #messageRate = new RateWindow(maxMessages, windowMs);
  #session: DAVESession | null = null;
  /** Who proposes, from the gateway; it may be told before there is a group, and holds for the ones after. */
  #externalSender: Buffer | null = null;
  /** What the group is being made for. */
  #groupVersion = disabledVersion;
  /** What packets are sent in. */
  #version: number;

  /**
   * @param version - Of the session description; 0 for none.
   * @throws VoiceError for a version that is not spoken here.
   */
  constructor(version: number, identity: DaveIdentity, members: CallMembers, events: DaveGateway) {
    this.#identity = identity;
    this.#members = members;
    this.#gateway = events;
    this.#version = checkVersion(version);
    if (version > disabledVersion) this.#createGroup(version);
  }

  /** Whether packets are sent encrypted, or held back until they can be. */
  get isActive(): boolean {
    return this.#version > disabledVersion;
  }

  /** Whether there is somebody who can read what is sent now. */
  get canEncrypt(): boolean {
    return this.#version === disabledVersion || this.#session?.ready === true;
  }

  /** The packet for the call; null where there is nobody yet who could decrypt it. */
  encrypt(packet: Uint8Array): Uint8Array | null {
    if (this.#version === disabledVersion) return packet;
    if (!this.#session?.ready) return null;
    try {
      return this.#session.encryptOpus(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
    } catch {
      // What cannot be encrypted is not sent at all, and the calls of others must not end with it.
      return null;
    }
  }

  /**
   * The call is about to change to a version.
   *
   * @throws VoiceError for a version that is not spoken here.
   */
  prepareTransition(transition: number, version: number): void {
    this.#scheduleTransition(transition, checkVersion(version));
  }

  /** The call changes now. */
  executeTransition(transition: number): void {
    const version = this.#pendingTransitions.get(transition);
    if (version === undefined) return;
    this.#pendingTransitions.delete(transition);
    this.#version = version;
  }

  /**
   * A group begins, or goes on.
   *
   * @throws VoiceError for a version that is not spoken here.
   */
  prepareEpoch(epoch: number, version: number): void {
    checkVersion(version);
    if (epoch === firstEpoch) this.#createGroup(version);
  }

  /**
   * A binary message of the gateway; others than those of the group are ignored.
   *
   * @throws Error for what is no message at all, and where there are too many.
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

  /** Forgets all keys. */
  close(): void {
    this.#session?.reset();
    this.#session = null;
    this.#pendingTransitions.clear();
  }

  #createGroup(version: number): void {
    if (!this.#groupRate.tryConsume()) throw rateError();
    const { userId, channelId } = this.#identity;
    this.#groupVersion = version;
    if (version === disabledVersion) {
      this.#session?.reset();
      this.#session = null;
      return;
    }
    if (this.#session) this.#session.reinit(version, userId, channelId);
    else this.#session = new DAVESession(version, userId, channelId);
    if (this.#externalSender) this.#session.setExternalSender(this.#externalSender);
    this.#gateway.sendBinary(VoiceOpcode.MLS_KEY_PACKAGE, this.#session.getSerializedKeyPackage());
  }

  #setExternalSender(payload: Buffer): void {
    if (payload.length > maxExternalSenderBytes) throw rateError();
    // The rest of the message must not be kept alive.
    this.#externalSender = Buffer.from(payload);
    // A group keeps the one that it was founded with.
    if (this.#session && !this.#session.ready) this.#session.setExternalSender(this.#externalSender);
  }

  #processProposals(session: DAVESession, payload: Buffer): void {
    const kind: ProposalsOperationType = payload.readUInt8(0);
    const known = [...this.#members.ids, this.#identity.userId];
    let answer: Buffer;
    try {
      const { commit, welcome } = session.processProposals(kind, payload.subarray(1), known);
      if (!commit) return;
      answer = welcome ? Buffer.concat([commit, welcome]) : commit;
    } catch {
      // Such as for somebody who is not in the call. What we do not agree to, we do not commit to.
      return;
    }
    this.#gateway.sendBinary(VoiceOpcode.MLS_COMMIT_WELCOME, answer);
  }

  /** The group changes; those who are not in it yet have nothing to follow, and wait for their welcome. */
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

  /** The gateway is told, and adds us to the group again. */
  #rejectCommit(transition: number): void {
    this.#gateway.send(VoiceOpcode.MLS_INVALID_COMMIT_WELCOME, { transition_id: transition });
    this.#createGroup(this.#groupVersion);
  }

  #scheduleTransition(transition: number, version: number): void {
    this.#pendingTransitions.set(transition, version);
    // One that was never carried out is not waited for without end.
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
    `The call wants version ${version} of the end-to-end encryption; ${maxDaveVersion} is spoken here`,
  );
}

const rateError = (): VoiceError =>
  new VoiceError(
    VoiceErrorCode.policyViolation,
    "The voice server wants more of the encryption than a call needs",
  );
