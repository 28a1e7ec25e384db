import { DAVESession, type MediaType, type ProposalsOperationType } from "@snazzah/davey";
import { ExternalSender, splitCommit } from "./mls.ts";

/** Other members of a call whom the test server plays itself. */
interface Peer {
  readonly userId: string;
  readonly session: DAVESession;
}

/** A change of the group that the client is to commit to. */
interface AwaitedCommit {
  readonly transition: number;
  /** Who comes; null where somebody leaves. */
  readonly guest: Peer | null;
}

/** Who of the two carries a change of the group out. */
export type Committer = "listener commits" | "client commits";

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
const prepareTransition = 21;
const executeTransition = 22;
/** The last two bytes of a frame that is end-to-end encrypted. */
const frameMarker = 0xfa_fa;

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
  /** The listener before a {@link restart}, for whom the packets were that are on their way then. */
  #former: Peer | null = null;
  readonly #guests = new Map<string, Peer>();
  #transition = 0;
  /** Whether frames that are not encrypted are heard: the call has no end-to-end encryption, or not for long. */
  #plain: boolean;
  /** Of an upgrade that the client has been told of. */
  #upgrade = 0;
  #awaited: AwaitedCommit | null = null;
  /** Transitions that the client has said it is ready for. */
  readonly ready: number[] = [];
  /** Transitions whose commit or welcome the client has refused. */
  readonly refused: number[] = [];

  /** @param encrypted - Whether the call is so from the beginning. */
  constructor(
    channelId: string,
    clientId: string,
    listenerId: string,
    encrypted: boolean,
    events: CallEvents,
  ) {
    this.#plain = !encrypted;
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
  takeKeyPackage(keyPackage: Buffer, who: Committer): void {
    if (who === "client commits") {
      const proposal = this.#sender.proposeAdd(this.#listener.session.getSerializedKeyPackage(), 0n);
      this.#propose(proposal);
      return;
    }
    const { session } = this.#listener;
    // One that comes late, or that nobody asked for.
    if (session.ready) return;
    const proposal = this.#sender.proposeAdd(keyPackage, 0n);
    const result = session.processProposals(append, proposal, this.#everybody());
    if (!result.commit || !result.welcome) throw new Error("the listener does not let the client in");
    session.processCommit(result.commit);
    this.#events.sendBinary(welcome, Buffer.concat([transitionBytes(this.#upgrade), result.welcome]));
  }

  /** Commits that the client has sent. */
  commits = 0;

  /** The client's commit; taken where it founds the group or is asked to commit, and too late otherwise. */
  takeCommit(message: Buffer): void {
    this.commits++;
    const { session } = this.#listener;
    const awaited = this.#awaited;
    if (session.ready && !awaited) return;
    const { commit, welcome: forNew } = splitCommit(message);
    if (awaited) session.processCommit(commit);
    const comer = awaited ? awaited.guest?.session : session;
    if (comer && !forNew) throw new Error("the client welcomes nobody");
    if (forNew) comer?.processWelcome(forNew);
    this.#awaited = null;
    this.#announce(awaited?.transition ?? this.#upgrade, commit);
  }

  /** Somebody comes: the group gets new keys. Tells the number of the transition. */
  join(userId: string, who: Committer = "listener commits"): number {
    const guest = this.#makePeer(userId);
    this.#guests.set(userId, guest);
    this.#events.send(clientsConnect, { user_ids: [userId] });
    return this.#change(
      this.#sender.proposeAdd(guest.session.getSerializedKeyPackage(), this.#epoch),
      guest,
      who,
    );
  }

  /** Somebody leaves: the group gets new keys. Tells the number of the transition. */
  leave(userId: string, who: Committer = "listener commits"): number {
    const leaf = this.#guests.get(userId)?.session.ownLeafIndex;
    if (leaf === undefined || leaf === null) throw new Error(`${userId} is not there`);
    this.#guests.delete(userId);
    this.#events.send(clientDisconnect, { user_id: userId });
    return this.#change(this.#sender.proposeRemove(leaf, this.#epoch), null, who);
  }

  /** Gives the end-to-end encryption up, as for a member who does not know it. Tells the transition's number. */
  downgrade(): number {
    this.#plain = true;
    const transition = ++this.#transition;
    this.#events.send(prepareTransition, { transition_id: transition, protocol_version: 0 });
    return transition;
  }

  /** Encrypts the call end to end, from the transition on whose number it tells. */
  upgrade(): number {
    this.refound();
    this.#upgrade = ++this.#transition;
    this.begin();
    this.#events.send(prepareEpoch, {
      epoch: 1,
      protocol_version: version,
      transition_id: this.#upgrade,
    });
    return this.#upgrade;
  }

  /** Sends the client a commit of a group that it is no member of. */
  sendForeignCommit(): void {
    const [one, other] = [this.#makePeer("601"), this.#makePeer("602")];
    const proposal = this.#sender.proposeAdd(other.session.getSerializedKeyPackage(), 0n);
    const { commit } = one.session.processProposals(append, proposal, ["601", "602"]);
    if (commit) this.#announce(++this.#transition, commit);
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
    this.#former = this.#listener;
    this.refound();
    this.#events.send(prepareEpoch, { epoch: 1, protocol_version: version, transition_id: 0 });
  }

  /** Everybody goes over. */
  execute(transition: number): void {
    if (transition === this.#upgrade) this.#plain = false;
    this.#events.send(executeTransition, { transition_id: transition });
  }

  /** What the client sent; null where it cannot be decrypted, or should have been encrypted. */
  decrypt(payload: Buffer): Buffer | null {
    if (this.#plain && !isEncrypted(payload)) return payload;
    for (const peer of [this.#listener, this.#former]) {
      try {
        if (peer) return peer.session.decrypt(this.#clientId, audio, payload);
      } catch {
        // It is for the other one, or for nobody.
      }
    }
    return null;
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

  #change(proposal: Buffer, guest: Peer | null, who: Committer): number {
    const transition = ++this.#transition;
    // The listener too has to know what is proposed.
    const { session } = this.#listener;
    const { commit, welcome: forGuest } = session.processProposals(append, proposal, this.#everybody());
    if (who === "client commits") this.#awaited = { transition, guest };
    this.#propose(proposal);
    if (who === "client commits") return transition;
    if (!commit) throw new Error("the listener does not commit");
    session.processCommit(commit);
    this.#announce(transition, commit);
    if (forGuest) guest?.session.processWelcome(forGuest);
    return transition;
  }

  #announce(transition: number, commit: Buffer): void {
    this.#events.sendBinary(announceCommit, Buffer.concat([transitionBytes(transition), commit]));
  }
}

/** Whether a frame is end-to-end encrypted. */
export const isEncrypted = (payload: Buffer): boolean =>
  payload.length > 2 && payload.readUInt16BE(payload.length - 2) === frameMarker;

const transitionBytes = (transition: number): Buffer => Buffer.of(transition >> 8, transition & 0xff);
