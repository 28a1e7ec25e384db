import { DAVESession, type MediaType, type ProposalsOperationType } from "@snazzah/davey";
import { ExternalSender, splitCommit } from "./mls.ts";

/** A member of a call that the test server simulates. */
interface Peer {
  readonly userId: string;
  readonly session: DAVESession;
}

/** A change of the group that the client has to commit. */
interface AwaitedCommit {
  readonly transition: number;
  /** The joining member; null for a leave. */
  readonly guest: Peer | null;
}

/** Which of the two members commits a change of the group. */
export type Committer = "listener commits" | "client commits";

/** Sends messages of the group to the client under test. */
export interface CallEvents {
  sendBinary(op: number, payload: Buffer): void;
  send(op: number, data: Readonly<Record<string, unknown>>): void;
}

const version = 1;
// Constants of the library that only its types export.
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
/** Last two bytes of an end-to-end encrypted frame. */
const frameMarker = 0xfa_fa;

/**
 * The end-to-end encrypted group of a call: the client under test, one listening member, and guests that join
 * and leave. The listener uses the library of Discord's JavaScript clients.
 */
export class VoiceCall {
  readonly #channelId: string;
  readonly #clientId: string;
  readonly #events: CallEvents;
  #sender: ExternalSender;
  #listener: Peer;
  /** The listener before a {@link restart}, which decrypts the packets that were in flight. */
  #former: Peer | null = null;
  readonly #guests = new Map<string, Peer>();
  #transition = 0;
  /** Whether unencrypted frames are accepted: the call is not end-to-end encrypted, or only recently. */
  #plain: boolean;
  /** Number of the announced upgrade transition. */
  #upgrade = 0;
  #awaited: AwaitedCommit | null = null;
  /** Transitions that the client has acknowledged as ready. */
  readonly ready: number[] = [];
  /** Transitions whose commit or welcome the client has rejected as invalid. */
  readonly refused: number[] = [];

  /** @param encrypted - Whether the call is end-to-end encrypted from the start. */
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

  /** Whether the listener can decrypt the client's frames. */
  get isFounded(): boolean {
    return this.#listener.session.ready && this.#listener.session.getUserIds().includes(this.#clientId);
  }

  /** Voice privacy code, the same for all members. */
  get privacyCode(): string {
    return this.#listener.session.voicePrivacyCode;
  }

  /** Sends the external sender, the first message of a group. */
  begin(): void {
    this.#events.sendBinary(externalSender, this.#sender.description);
  }

  /** Handles the client's key package: the listener or the client itself commits the join. */
  takeKeyPackage(keyPackage: Buffer, committer: Committer): void {
    if (committer === "client commits") {
      const proposal = this.#sender.proposeAdd(this.#listener.session.getSerializedKeyPackage(), 0n);
      this.#propose(proposal);
      return;
    }
    const { session } = this.#listener;
    // Late or unexpected.
    if (session.ready) return;
    const proposal = this.#sender.proposeAdd(keyPackage, 0n);
    const result = session.processProposals(append, proposal, this.#memberIds());
    if (!result.commit || !result.welcome) throw new Error("the listener does not add the client");
    session.processCommit(result.commit);
    this.#events.sendBinary(welcome, Buffer.concat([transitionBytes(this.#upgrade), result.welcome]));
  }

  /** Number of commits received from the client. */
  commits = 0;

  /** Handles the client's commit; ignored unless the client founds the group or was to commit. */
  takeCommit(message: Buffer): void {
    this.commits++;
    const { session } = this.#listener;
    const awaited = this.#awaited;
    if (session.ready && !awaited) return;
    const { commit, welcome: forNew } = splitCommit(message);
    if (awaited) session.processCommit(commit);
    const comer = awaited ? awaited.guest?.session : session;
    if (comer && !forNew) throw new Error("the client sent no welcome");
    if (forNew) comer?.processWelcome(forNew);
    this.#awaited = null;
    this.#announce(awaited?.transition ?? this.#upgrade, commit);
  }

  /** Adds a guest, which changes the group's keys. Returns the number of the transition. */
  join(userId: string, committer: Committer = "listener commits"): number {
    const guest = this.#makePeer(userId);
    this.#guests.set(userId, guest);
    this.#events.send(clientsConnect, { user_ids: [userId] });
    return this.#change(
      this.#sender.proposeAdd(guest.session.getSerializedKeyPackage(), this.#epoch),
      guest,
      committer,
    );
  }

  /** Removes a guest, which changes the group's keys. Returns the number of the transition. */
  leave(userId: string, committer: Committer = "listener commits"): number {
    const leaf = this.#guests.get(userId)?.session.ownLeafIndex;
    if (leaf === undefined || leaf === null) throw new Error(`${userId} is not a guest`);
    this.#guests.delete(userId);
    this.#events.send(clientDisconnect, { user_id: userId });
    return this.#change(this.#sender.proposeRemove(leaf, this.#epoch), null, committer);
  }

  /** Ends end-to-end encryption, as for a member without support. Returns the number of the transition. */
  downgrade(): number {
    this.#plain = true;
    const transition = ++this.#transition;
    this.#events.send(prepareTransition, { transition_id: transition, protocol_version: 0 });
    return transition;
  }

  /** Announces end-to-end encryption. Returns the number of the transition from which it applies. */
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

  /** Sends the client a commit of a group of which it is not a member. */
  sendForeignCommit(): void {
    const [one, other] = [this.#makePeer("601"), this.#makePeer("602")];
    const proposal = this.#sender.proposeAdd(other.session.getSerializedKeyPackage(), 0n);
    const { commit } = one.session.processProposals(append, proposal, ["601", "602"]);
    if (commit) this.#announce(++this.#transition, commit);
  }

  /** Proposes to add a user without announcing the connection. */
  proposeStranger(userId: string): void {
    this.#propose(
      this.#sender.proposeAdd(this.#makePeer(userId).session.getSerializedKeyPackage(), this.#epoch),
    );
  }

  /** Sends an invalid welcome. Returns the number of the transition. */
  sendNonsense(): number {
    const transition = ++this.#transition;
    this.#events.sendBinary(welcome, Buffer.concat([transitionBytes(transition), Buffer.alloc(64, 7)]));
    return transition;
  }

  /** Founds the group again without the client, which has rejected a message. */
  refound(): void {
    this.#listener = this.#makePeer(this.#listener.userId);
    this.#guests.clear();
  }

  /** Requests a new group from the client. */
  restart(): void {
    this.#former = this.#listener;
    this.refound();
    this.#events.send(prepareEpoch, { epoch: 1, protocol_version: version, transition_id: 0 });
  }

  /** Executes a transition. */
  execute(transition: number): void {
    if (transition === this.#upgrade) this.#plain = false;
    this.#events.send(executeTransition, { transition_id: transition });
  }

  /** Decrypts a frame of the client; null if that fails, or if the frame should have been encrypted. */
  decrypt(payload: Buffer): Buffer | null {
    if (this.#plain && !isEncrypted(payload)) return payload;
    for (const peer of [this.#listener, this.#former]) {
      try {
        if (peer) return peer.session.decrypt(this.#clientId, audio, payload);
      } catch {
        // Encrypted for the other listener, or for neither.
      }
    }
    return null;
  }

  get #epoch(): bigint {
    return this.#listener.session.epoch ?? 0n;
  }

  #memberIds(): string[] {
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

  #change(proposal: Buffer, guest: Peer | null, committer: Committer): number {
    const transition = ++this.#transition;
    // The listener has to process the proposal too.
    const { session } = this.#listener;
    const { commit, welcome: forGuest } = session.processProposals(append, proposal, this.#memberIds());
    if (committer === "client commits") this.#awaited = { transition, guest };
    this.#propose(proposal);
    if (committer === "client commits") return transition;
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

/** Returns whether a frame is end-to-end encrypted. */
export const isEncrypted = (payload: Buffer): boolean =>
  payload.length > 2 && payload.readUInt16BE(payload.length - 2) === frameMarker;

const transitionBytes = (transition: number): Buffer => Buffer.of(transition >> 8, transition & 0xff);
