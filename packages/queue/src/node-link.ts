import {
  type AbstractWebSocket,
  type Player,
  PlayerUpdate,
  PoolClientAddEvent,
  PoolEmptyError,
  PoolGuildMoveEvent,
  RawMsgReceiveEvent,
  type SendOperation,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  UnknownAndesiteEvent,
  WebSocketDisconnectEvent,
} from "@asterite/andesite";

/** What a queue needs of a node: every client and pool of `@asterite/andesite` has it. */
export type QueueNode = Pick<AbstractWebSocket, "send" | "sendOperation" | "eventTarget">;

/** What the node tells about one player. */
export interface PlayerListener {
  readonly started: (event: TrackStartEvent) => void;
  readonly ended: (event: TrackEndEvent) => void;
  readonly failed: (event: TrackExceptionEvent) => void;
  readonly stuck: (event: TrackStuckEvent) => void;
  readonly updated: (player: Player | null) => void;
  /** The player is gone, by whomever. */
  readonly destroyed: () => void;
  /** The answer to {@link NodeLink.ask}. */
  readonly answered: (player: Player | null) => void;
  readonly disconnected: () => void;
  /** The guild has another node, on which its player is new; the answer follows. */
  readonly moved: () => void;
  readonly sendingFailed: (error: unknown) => void;
}

/** Marks our pings among others. */
const pingKey = "asteriteQueue";

type EventRouter = Map<string, NodeLink>;
// One set of listeners for all queues of a client, so that an event costs the same however many there are.
const switchboards = new WeakMap<QueueNode["eventTarget"], EventRouter>();

/** The line to one player. */
export class NodeLink {
  readonly #node: QueueNode;
  readonly #guildId: string;
  readonly #listener: PlayerListener;
  readonly #switchboard: EventRouter;
  #questions = 0;
  /** The question that is open; transmitted or still waiting for a connection. */
  #open: { readonly id: number; isTransmitted: boolean } | null = null;
  #last: Player | null = null;
  /** Whether something could not be sent because the pool had no node. */
  #isStranded = false;

  /** @throws Error for a guild that has a queue already: two would fight for the player. */
  constructor(node: QueueNode, guildId: string, listener: PlayerListener) {
    this.#node = node;
    this.#guildId = guildId;
    this.#listener = listener;
    this.#switchboard = switchboards.get(node.eventTarget) ?? openSwitchboard(node.eventTarget);
    if (this.#switchboard.has(guildId))
      throw new Error(`guild ${guildId} has a queue on this client already`);
    this.#switchboard.set(guildId, this);
  }

  /** Sends an operation, now or when there is a connection. */
  send(operation: SendOperation): void {
    this.#node.sendOperation(this.#guildId, operation).catch((error: unknown) => this.#failed(error));
  }

  /**
   * Asks for the player. A ping follows the question: as nodes handle messages in order, what was last said when
   * it comes back is the answer or newer, whatever else is told meanwhile. While a question is open it is not
   * asked again; it is repeated when it is lost with a connection.
   */
  ask(): void {
    if (this.#open) return;
    const open = { id: ++this.#questions, isTransmitted: false };
    this.#open = open;
    const question = async (): Promise<void> => {
      try {
        await this.#node.send(this.#guildId, "get-player", {});
        open.isTransmitted = true;
        await this.#node.send(this.#guildId, "ping", { [pingKey]: open.id });
      } catch (error) {
        if (this.#open === open) this.#open = null;
        this.#failed(error);
      }
    };
    void question();
  }

  /** Stops listening. */
  close(): void {
    if (this.#switchboard.get(this.#guildId) === this) this.#switchboard.delete(this.#guildId);
    this.#open = null;
  }

  /** Takes an event that names this guild. */
  take(event: object): void {
    if (event instanceof PlayerUpdate) {
      // The reply to "destroy" shows the player for the last time.
      this.#last = event.state?.destroyed ? null : event.state;
      this.#listener.updated(this.#last);
    } else if (event instanceof TrackStartEvent) this.#listener.started(event);
    else if (event instanceof TrackEndEvent) this.#listener.ended(event);
    else if (event instanceof TrackExceptionEvent) this.#listener.failed(event);
    else if (event instanceof TrackStuckEvent) this.#listener.stuck(event);
    else if (event instanceof UnknownAndesiteEvent && event.type === "PlayerDestroyedEvent") {
      this.#last = null;
      this.#listener.destroyed();
    }
  }

  /** Takes the answer to a ping of ours. */
  pong(id: unknown): void {
    if (id !== this.#open?.id) return;
    this.#open = null;
    this.#listener.answered(this.#last);
  }

  /** The pool has a node that it had not. */
  nodeCame(): void {
    if (!this.#isStranded) return;
    this.#isStranded = false;
    this.moved();
  }

  /** The guild has another node. */
  moved(): void {
    this.#listener.moved();
    this.lost();
  }

  /** A connection was lost, perhaps the one of this guild. */
  lost(): void {
    // One that waits for a connection goes through the next one.
    if (this.#open?.isTransmitted) this.#open = null;
    this.#listener.disconnected();
  }

  #failed(error: unknown): void {
    this.#isStranded ||= error instanceof PoolEmptyError;
    this.#listener.sendingFailed(error);
  }
}

function openSwitchboard(target: QueueNode["eventTarget"]): EventRouter {
  const links: EventRouter = new Map();
  switchboards.set(target, links);
  const events = [
    ...[PlayerUpdate, TrackStartEvent, TrackEndEvent, TrackExceptionEvent, TrackStuckEvent],
    UnknownAndesiteEvent,
  ] as const;
  target.on(events, (event) => {
    const { guildId } = event;
    if (guildId !== null) links.get(guildId)?.take(event);
  });
  target.on(RawMsgReceiveEvent, ({ body }) => {
    if (body["op"] !== "pong" || body[pingKey] === undefined) return;
    links.get(String(body["guildId"]))?.pong(body[pingKey]);
  });
  target.on(WebSocketDisconnectEvent, ({ deliberate }) => {
    if (!deliberate) for (const link of [...links.values()]) link.lost();
  });
  target.on(PoolGuildMoveEvent, ({ guildId }) => links.get(guildId)?.moved());
  target.on(PoolClientAddEvent, () => {
    for (const link of [...links.values()]) link.nodeCame();
  });
  return links;
}
