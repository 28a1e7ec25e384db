import { DAVESession, type MediaType, type ProposalsOperationType } from "@snazzah/davey";
import { ExternalSender, splitCommit } from "./mls.ts";

/** Other members of a call whom the test server plays itself. */
interface Peer {
  readonly userId: string;
  readonly session: DAVESession;
}

/** What the group tells the client that is tested. */
export interface CallEvents {
  sendBinary(op: number, payload: Buffer): void;
  send(op: number, data: Readonly<Record<string, unknown>>): void;
}

const version = 1;
// Constants of the library, which only its types name.
const audio: MediaType = 0;
const append: ProposalsOperationType = 0;
const externalSender = 25;
const proposals = 27;
const announceCommit = 29;
const welcome = 30;
const clientsConnect = 11;
const clientDisconnect = 13;
const prepareEpoch = 24;
const executeTransition = 22;

/**
 * The end-to-end encrypted group of a call: the client that is tested, one member who listens, and others who
 * come and go. The listener's library is the one that Discord clients in JavaScript use.
 */
export class VoiceCall {
  readonly #channelId: string;
  readonly #clientId: string;
  readonly #events: CallEvents;
  #sender: ExternalSender;
  #listener: Peer;
  readonly #guests = new Map<string, Peer>();
  #transition = 0;
  /** Transitions that the client has said it is ready for. */
  readonly ready: number[] = [];
  /** Transitions whose commit or welcome the client has refused. */
  readonly refused: number[] = [];

  constructor(channelId: string, clientId: string, listenerId: string, events: CallEvents) {
    this.#channelId = channelId;
    this.#clientId = clientId;
    this.#events = events;
    this.#sender = new ExternalSender(channelId);
    this.#listener = this.#makePeer(listenerId);
  }

  /** Whether the listener can decrypt what the client sends. */
  get isFounded(): boolean {
    return this.#listener.session.ready && this.#listener.session.getUserIds().includes(this.#clientId);
  }

  /** The code that all members see. */
  get privacyCode(): string {
    return this.#listener.session.voicePrivacyCode;
  }

  /** Tells the client who proposes; the first message of a group. */
  begin(): void {
    this.#events.sendBinary(externalSender, this.#sender.description);
  }

  /** The client's key package: it is let in, by the listener or by itself. */
  takeKeyPackage(keyPackage: Buffer, who: "listener commits" | "client commits"): void {
    if (who === "client commits") {
      const proposal = this.#sender.proposeAdd(this.#listener.session.getSerializedKeyPackage(), 0n);
      this.#propose(proposal);
      return;
    }
    const proposal = this.#sender.proposeAdd(keyPackage, 0n);
    const { session } = this.#listener;
    const result = session.processProposals(append, proposal, this.#everybody());
    if (!result.commit || !result.welcome) throw new Error("the listener does not let the client in");
    session.processCommit(result.commit);
    this.#events.sendBinary(welcome, Buffer.concat([transitionBytes(0), result.welcome]));
  }

  /** Commits that the client has sent. */
  commits = 0;

  /** The client's commit; taken only where it founded the group, because the listener commits to all else. */
  takeCommit(message: Buffer): void {
    this.commits++;
    if (this.#listener.session.ready) return;
    const { commit, welcome: forListener } = splitCommit(message);
    if (!forListener) throw new Error("the client welcomes nobody");
    this.#listener.session.processWelcome(forListener);
    this.#events.sendBinary(announceCommit, Buffer.concat([transitionBytes(0), commit]));
  }

  /** Somebody comes: the group gets new keys. Tells the number of the transition. */
  join(userId: string): number {
    const guest = this.#makePeer(userId);
    this.#guests.set(userId, guest);
    this.#events.send(clientsConnect, { user_ids: [userId] });
    const proposal = this.#sender.proposeAdd(guest.session.getSerializedKeyPackage(), this.#epoch);
    const { transition, welcome: forGuest } = this.#commit(proposal);
    if (forGuest) guest.session.processWelcome(forGuest);
    return transition;
  }

  /** Somebody leaves: the group gets new keys. Tells the number of the transition. */
  leave(userId: string): number {
    const leaf = this.#guests.get(userId)?.session.ownLeafIndex;
    if (leaf === undefined || leaf === null) throw new Error(`${userId} is not there`);
    this.#guests.delete(userId);
    this.#events.send(clientDisconnect, { user_id: userId });
    return this.#commit(this.#sender.proposeRemove(leaf, this.#epoch)).transition;
  }

  /** Proposes somebody whom nobody has seen come. */
  proposeStranger(userId: string): void {
    this.#propose(
      this.#sender.proposeAdd(this.#makePeer(userId).session.getSerializedKeyPackage(), this.#epoch),
    );
  }

  /** Sends a welcome that is not one. */
  sendNonsense(): number {
    const transition = ++this.#transition;
    this.#events.sendBinary(welcome, Buffer.concat([transitionBytes(transition), Buffer.alloc(64, 7)]));
    return transition;
  }

  /** The client has to be let in again, because it refused a message. */
  refound(): void {
    this.#listener = this.#makePeer(this.#listener.userId);
    this.#guests.clear();
  }

  /** Asks the client to found the group anew. */
  restart(): void {
    this.refound();
    this.#events.send(prepareEpoch, { epoch: 1, protocol_version: version, transition_id: 0 });
  }

  /** Everybody goes over. */
  execute(transition: number): void {
    this.#events.send(executeTransition, { transition_id: transition });
  }

  /** What the client sent; null where it cannot be decrypted. */
  decrypt(payload: Buffer): Buffer | null {
    try {
      return this.#listener.session.decrypt(this.#clientId, audio, payload);
    } catch {
      return null;
    }
  }

  get #epoch(): bigint {
    return this.#listener.session.epoch ?? 0n;
  }

  #everybody(): string[] {
    return [this.#clientId, this.#listener.userId, ...this.#guests.keys()];
  }

  #makePeer(userId: string): Peer {
    const session = new DAVESession(version, userId, this.#channelId);
    session.setExternalSender(this.#sender.description);
    return { userId, session };
  }

  #propose(proposal: Buffer): void {
    this.#events.sendBinary(proposals, Buffer.concat([Buffer.of(append), proposal]));
  }

  #commit(proposal: Buffer): { readonly transition: number; readonly welcome: Buffer | undefined } {
    this.#propose(proposal);
    const { session } = this.#listener;
    const result = session.processProposals(append, proposal, this.#everybody());
    if (!result.commit) throw new Error("the listener does not commit");
    session.processCommit(result.commit);
    const transition = ++this.#transition;
    this.#events.sendBinary(announceCommit, Buffer.concat([transitionBytes(transition), result.commit]));
    return { transition, welcome: result.welcome };
  }
}

const transitionBytes = (transition: number): Buffer => Buffer.of(transition >> 8, transition & 0xff);
