import { commands, Status } from "@asterite/aster-protocol";

/** Counts values by size; what it holds are plain numbers, so that counting allocates nothing. */
export class Histogram {
  /** Upper bounds of the classes, ascending; one more class takes what is larger. */
  readonly bounds: readonly number[];
  /** How many values fell into each class. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] ?? 0)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }

  /** How many values there were. */
  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

/** From a look into memory to a client that has to wait for its rate. */
const secondsBounds = [0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const statuses: readonly number[] = Object.values(Status);

/** What happened to one command. */
class CommandMetrics {
  readonly seconds = new Histogram(secondsBounds);
  readonly #byStatus = statuses.map(() => 0);

  add(status: number, durationSeconds: number): void {
    const index = statuses.indexOf(status);
    this.#byStatus[index] = (this.#byStatus[index] ?? 0) + 1;
    this.seconds.add(durationSeconds);
  }

  /** Answers by status, without those that never were. */
  *statusCounts(): Generator<{ readonly status: number; readonly count: number }> {
    for (const [index, status] of statuses.entries()) {
      const count = this.#byStatus[index] ?? 0;
      if (count > 0) yield { status, count };
    }
  }
}

const unknownCommand = "unknown";
const msInSecond = 1000;

/** What a server counts while it runs. Others read it when they are asked; nothing is told on the way. */
export class Metrics {
  connectionsAccepted = 0;
  pushesDelivered = 0;
  bytesSent = 0;
  loginsThrottled = 0;
  readonly commitSizes = new Histogram(sizeBounds);
  readonly commitSeconds = new Histogram(secondsBounds);
  /** Connections that the server ended, by reason; the reasons are fixed texts. */
  readonly disconnects = new Map<string, number>();
  /** Every command of the protocol; what is none counts as `unknown`, since anybody can make up names. */
  readonly commands: ReadonlyMap<string, CommandMetrics> = new Map(
    [...Object.keys(commands), unknownCommand].map((name) => [name, new CommandMetrics()]),
  );

  /** A command was answered. */
  countCommand(command: string, status: number, durationMs: number): void {
    const counts = this.commands.get(command) ?? this.commands.get(unknownCommand);
    counts?.add(status, durationMs / msInSecond);
  }

  /** Works became durable together. */
  countCommit(works: number, durationMs: number): void {
    this.commitSizes.add(works);
    this.commitSeconds.add(durationMs / msInSecond);
  }

  /** A connection was ended by the server. */
  countDisconnect(reason: string): void {
    this.disconnects.set(reason, (this.disconnects.get(reason) ?? 0) + 1);
  }
}
