import type { Logger } from "@asterite/util";
import type { Bus } from "../bus/bus.ts";

/** Something that is true as long as a process lives and says so; `null` takes it back. */
type Fact = readonly [key: string, value: unknown];

/** Facts of one other process that have changed. */
export interface FactChange {
  readonly process: string;
  readonly changed: readonly Fact[];
  /** Whether the process was given up and did not take them back itself. */
  readonly isLost: boolean;
}

/** How processes keep track of each other. Times are in milliseconds. */
export interface LeaseTimes {
  /** How often a process says that it lives. */
  readonly beatMs: number;
  /** After this time without a word its facts are forgotten. */
  readonly leaseMs: number;
}

/** One process as the others know it. */
interface Other {
  /** The number of its last change that is known. */
  count: number;
  facts: Map<string, unknown>;
  heardAt: number;
  /** What has come of a whole state that is told in parts. */
  arriving: Map<string, unknown> | undefined;
}

type Message = { readonly process: string; readonly count: number } & (
  | { readonly kind: "beat" | "end" }
  | { readonly kind: "change"; readonly facts: readonly Fact[] }
  | {
      readonly kind: "whole";
      readonly facts: readonly Fact[];
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | { readonly kind: "ask"; readonly whom: string }
);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Length of the texts in one message, well below what a bus carries. */
const partLength = 200_000;
/** A process that has lost the thread asks no more often than this. */
const askRestMs = 250;
const everybody = "*";
/** Most processes that are kept track of. */
const mostProcesses = 1000;

/**
 * What every process says about itself, copied to all others: each tells its changes with a number, and whoever
 * misses one asks for the whole. A process that is silent for longer than its lease counts as dead.
 */
export class FactBoard {
  readonly #process: string;
  readonly #bus: Bus;
  readonly #times: LeaseTimes;
  readonly #logger: Logger;
  readonly #own = new Map<string, unknown>();
  readonly #others = new Map<string, Other>();
  readonly #askedAt = new Map<string, number>();
  readonly #listeners: ((change: FactChange) => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #changed = new Map<string, unknown>();
  #isTellingWhole = false;
  #count = 0;

  constructor(process: string, bus: Bus, times: LeaseTimes, logger: Logger) {
    this.#process = process;
    this.#bus = bus;
    this.#times = times;
    this.#logger = logger;
    bus.listen("facts", (bytes) => this.#receive(bytes));
    bus.onConnected(() => {
      this.#tellWhole();
      this.#send({ kind: "ask", process, count: this.#count, whom: everybody });
    });
    this.#timer = setInterval(() => this.#beat(), times.beatMs);
  }

  /** Calls back with every change of other processes. */
  onChange(listener: (change: FactChange) => void): void {
    this.#listeners.push(listener);
  }

  /** The others that are known to live. */
  get processes(): number {
    return this.#others.size;
  }

  /** Says something about this process; `null` takes it back. Told when the program has nothing more to do. */
  set(key: string, value: unknown): void {
    if ((this.#own.get(key) ?? null) === value) return;
    if (value === null) this.#own.delete(key);
    else this.#own.set(key, value);
    if (this.#changed.size === 0) queueMicrotask(() => this.#tellChanges());
    this.#changed.set(key, value);
  }

  /** Takes everything back and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#send({ kind: "end", process: this.#process, count: this.#count });
  }

  #beat(): void {
    this.#send({ kind: "beat", process: this.#process, count: this.#count });
    const deadline = performance.now() - this.#times.leaseMs;
    for (const [process, { heardAt }] of this.#others) {
      if (heardAt < deadline) this.#forget(process, true);
    }
  }

  #tellChanges(): void {
    const changed = [...this.#changed];
    this.#changed = new Map();
    this.#count++;
    const facts = changed.map(([key, value]): Fact => [key, value]);
    if (lengthOf(facts) > partLength) this.#tellWhole();
    else this.#send({ kind: "change", process: this.#process, count: this.#count, facts });
  }

  #tellWhole(): void {
    const parts = partsOf([...this.#own]);
    for (const [index, facts] of parts.entries()) {
      const place = { isFirst: index === 0, isLast: index === parts.length - 1 };
      this.#send({ kind: "whole", process: this.#process, count: this.#count, facts, ...place });
    }
  }

  #send(message: Message): void {
    this.#bus.send("facts", encoder.encode(JSON.stringify(message)));
  }

  #receive(bytes: Uint8Array): void {
    let message: Message;
    try {
      // Only processes of the same server can write here.
      message = JSON.parse(decoder.decode(bytes)) as Message;
    } catch (error) {
      this.#logger.warn({ err: error }, "unreadable message on the bus");
      return;
    }
    if (message.kind === "ask") {
      if (message.whom === this.#process || message.whom === everybody) this.#answer();
    } else if (message.kind === "end") this.#forget(message.process, false);
    else if (message.kind === "whole") this.#takePart(message);
    else this.#keepUp(message);
  }

  /** A sign of life, perhaps with the next change. */
  #keepUp(message: Message & { readonly kind: "beat" | "change" | "end" }): void {
    const { process, count } = message;
    const other = this.#others.get(process);
    const expected = message.kind === "change" ? count - 1 : count;
    if (other?.count !== expected) {
      this.#ask(process);
      return;
    }
    other.heardAt = performance.now();
    other.count = count;
    if (message.kind !== "change") return;
    const { facts } = other;
    const changed = message.facts.filter(([key, value]) => (facts.get(key) ?? null) !== value);
    for (const [key, value] of changed) {
      if (value === null) facts.delete(key);
      else facts.set(key, value);
    }
    this.#tell({ process, changed, isLost: false });
  }

  #takePart({ process, count, facts, isFirst, isLast }: Message & { readonly kind: "whole" }): void {
    let other = this.#others.get(process);
    if (!other) {
      if (this.#others.size >= mostProcesses) return;
      other = { count: -1, facts: new Map(), heardAt: 0, arriving: undefined };
      this.#others.set(process, other);
    }
    other.heardAt = performance.now();
    if (isFirst) other.arriving = new Map();
    const { arriving } = other;
    if (!arriving) return;
    for (const [key, value] of facts) arriving.set(key, value);
    if (!isLast) return;
    const before = other.facts;
    other.facts = arriving;
    other.arriving = undefined;
    other.count = count;
    const gone = [...before.keys()].filter((key) => !arriving.has(key)).map((key): Fact => [key, null]);
    const come = [...arriving].filter(([key, value]) => before.get(key) !== value);
    this.#tell({ process, changed: [...gone, ...come], isLost: false });
  }

  #answer(): void {
    if (this.#isTellingWhole) return;
    this.#isTellingWhole = true;
    // Whoever else asks at this moment gets the same answer.
    queueMicrotask(() => {
      this.#isTellingWhole = false;
      this.#tellWhole();
    });
  }

  #ask(whom: string): void {
    const now = performance.now();
    if (now - (this.#askedAt.get(whom) ?? Number.NEGATIVE_INFINITY) < askRestMs) return;
    if (this.#askedAt.size >= mostProcesses) this.#askedAt.clear();
    this.#askedAt.set(whom, now);
    this.#send({ kind: "ask", process: this.#process, count: this.#count, whom });
  }

  #forget(process: string, isLost: boolean): void {
    const other = this.#others.get(process);
    if (!other) return;
    this.#others.delete(process);
    if (isLost) this.#logger.warn({ process }, "another process is silent; its users count as offline");
    const changed = [...other.facts.keys()].map((key): Fact => [key, null]);
    this.#tell({ process, changed, isLost });
  }

  #tell(change: FactChange): void {
    if (change.changed.length > 0) for (const listener of this.#listeners) listener(change);
  }
}

const lengthOf = (facts: readonly Fact[]): number =>
  facts.reduce((sum, [key, value]) => sum + key.length + (value === 1 ? 1 : JSON.stringify(value).length), 0);

/** At least one part, so that an empty state can be told too. */
function partsOf(facts: readonly Fact[]): Fact[][] {
  const parts: Fact[][] = [[]];
  let length = 0;
  for (const fact of facts) {
    length += lengthOf([fact]);
    if (length > partLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(fact);
  }
  return parts;
}
