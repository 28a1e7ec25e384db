import { DAVESession, type ProposalsOperationType } from "@snazzah/davey";
import { silencePacket } from "../engine/frame.ts";
import { VoiceOpcode } from "./opcodes.ts";

/** The version that says that there is no end-to-end encryption. */
const none = 0;
/** The first epoch of a group: it is founded anew. */
const firstEpoch = 1;
/** Seconds in which packets of the old kind are still taken after a change. */
const graceSeconds = 10;
const transitionBytes = 2;

/** Whom the encryption is for. */
export interface EndToEndIdentity {
  readonly userId: string;
  readonly channelId: string;
}

/** What it sends over the gateway. */
export interface EndToEndEvents {
  sendBinary(opcode: number, payload: Uint8Array): void;
  send(opcode: number, data: Readonly<Record<string, unknown>>): void;
}

/**
 * Discord's end-to-end encryption of a call (DAVE): follows the group of those who are in it, and encrypts our
 * packets for them. What comes from the gateway is checked by the library, which throws for anything forged.
 */
export class EndToEnd {
  readonly #identity: EndToEndIdentity;
  readonly #events: EndToEndEvents;
  readonly #pending = new Map<number, number>();
  readonly #members = new Set<string>();
  #session: DAVESession | null = null;
  /** What the group is being made for. */
  #groupVersion = none;
  /** What packets are sent in. */
  #version: number;

  /** @param version - Of the session description; 0 for none. */
  constructor(version: number, identity: EndToEndIdentity, events: EndToEndEvents) {
    this.#identity = identity;
    this.#events = events;
    this.#version = version;
    if (version > none) this.#found(version);
  }

  /** What packets are sent in; 0 for no encryption. */
  get version(): number {
    return this.#version;
  }

  /** The code that members can compare; null without encryption. */
  get privacyCode(): string | null {
    return (this.#version > none && this.#session?.voicePrivacyCode) || null;
  }

  /** The packet for the call; null where there is nobody yet who could decrypt it. */
  encrypt(packet: Uint8Array): Uint8Array | null {
    // Silence tells nothing, and the voice server knows it by its bytes.
    if (this.#version === none || packet === silencePacket) return packet;
    if (!this.#session?.ready) return null;
    return this.#session.encryptOpus(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
  }

  /** Somebody has joined the call. */
  join(userIds: readonly string[]): void {
    for (const id of userIds) this.#members.add(id);
  }

  /** Somebody has left the call. */
  leave(userId: string): void {
    this.#members.delete(userId);
  }

  /** The call is about to change to a version. */
  prepareTransition(transition: number, version: number): void {
    this.#pending.set(transition, version);
    if (transition === 0) {
      this.executeTransition(transition);
      return;
    }
    if (version === none) this.#session?.setPassthroughMode(true, graceSeconds);
    this.#tellReady(transition);
  }

  /** The call changes now. */
  executeTransition(transition: number): void {
    const version = this.#pending.get(transition);
    if (version === undefined) return;
    this.#pending.delete(transition);
    if (this.#version === none && version > none) this.#session?.setPassthroughMode(true, graceSeconds);
    this.#version = version;
  }

  /** A group begins, or goes on. */
  prepareEpoch(epoch: number, version: number): void {
    if (epoch === firstEpoch) this.#found(version);
  }

  /** A binary message of the gateway; others than those of the group are ignored. */
  takeBinary(opcode: number, payload: Buffer): void {
    if (!this.#session) return;
    switch (opcode) {
      case VoiceOpcode.MLS_EXTERNAL_SENDER:
        this.#session.setExternalSender(payload);
        break;
      case VoiceOpcode.MLS_PROPOSALS:
        this.#propose(this.#session, payload);
        break;
      case VoiceOpcode.MLS_ANNOUNCE_COMMIT_TRANSITION:
        this.#enter(payload, (session, message) => session.processCommit(message));
        break;
      case VoiceOpcode.MLS_WELCOME:
        this.#enter(payload, (session, message) => session.processWelcome(message));
        break;
      default:
    }
  }

  /** Forgets all keys. */
  close(): void {
    this.#session?.reset();
    this.#session = null;
  }

  #found(version: number): void {
    const { userId, channelId } = this.#identity;
    this.#groupVersion = version;
    if (version === none) {
      this.#session?.reset();
      return;
    }
    if (this.#session) this.#session.reinit(version, userId, channelId);
    else this.#session = new DAVESession(version, userId, channelId);
    this.#events.sendBinary(VoiceOpcode.MLS_KEY_PACKAGE, this.#session.getSerializedKeyPackage());
  }

  #propose(session: DAVESession, payload: Buffer): void {
    const kind: ProposalsOperationType = payload.readUInt8(0);
    const known = [...this.#members, this.#identity.userId];
    let answer: Buffer;
    try {
      const { commit, welcome } = session.processProposals(kind, payload.subarray(1), known);
      if (!commit) return;
      answer = welcome ? Buffer.concat([commit, welcome]) : commit;
    } catch {
      // Such as for somebody who is not in the call. What we do not agree to, we do not commit to.
      return;
    }
    this.#events.sendBinary(VoiceOpcode.MLS_COMMIT_WELCOME, answer);
  }

  #enter(payload: Buffer, process: (session: DAVESession, message: Buffer) => void): void {
    if (!this.#session) return;
    const transition = payload.readUInt16BE(0);
    try {
      process(this.#session, payload.subarray(transitionBytes));
    } catch {
      // The gateway is told, and adds us to the group again.
      this.#events.send(VoiceOpcode.MLS_INVALID_COMMIT_WELCOME, { transition_id: transition });
      this.#found(this.#groupVersion);
      return;
    }
    this.#pending.set(transition, this.#groupVersion);
    if (transition === 0) this.executeTransition(transition);
    else this.#tellReady(transition);
  }

  #tellReady(transition: number): void {
    this.#events.send(VoiceOpcode.DAVE_TRANSITION_READY, { transition_id: transition });
  }
}
