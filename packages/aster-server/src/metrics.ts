import { commands, Status } from "@asterite/aster-protocol";

/** Histogram of values. Observing a value allocates no memory. */
export class Histogram {
  /** Upper bounds of the buckets, ascending; one more bucket counts larger values. */
  readonly bounds: readonly number[];
  /** Number of values by bucket. */
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

  /** Number of values. */
  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Buckets from replies out of memory to clients delayed by the rate limit. */
const secondsBounds = [0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const statuses: readonly number[] = Object.values(Status);

/** Durations and reply statuses of one command. */
class CommandMetrics {
  readonly seconds = new Histogram(secondsBounds);
  readonly #byStatus = statuses.map(() => 0);

  add(status: number, durationSeconds: number): void {
    const index = statuses.indexOf(status);
    this.#byStatus[index] = (this.#byStatus[index] ?? 0) + 1;
    this.seconds.add(durationSeconds);
  }

  /** Yields the number of replies by status, if above 0. */
  *statusCounts(): Generator<{ readonly status: number; readonly count: number }> {
    for (const [index, status] of statuses.entries()) {
      const count = this.#byStatus[index] ?? 0;
      if (count > 0) yield { status, count };
    }
  }
}

const unknownCommand = "unknown";
const msInSecond = 1000;

/** Counters of a running server. The exporter reads them on request. */
export class Metrics {
  connectionsAccepted = 0;
  pushesDelivered = 0;
  bytesSent = 0;
  loginsThrottled = 0;
  readonly commitSizes = new Histogram(sizeBounds);
  readonly commitSeconds = new Histogram(secondsBounds);
  /** Connections closed by the server, by reason; the set of reasons is fixed. */
  readonly disconnects = new Map<string, number>();
  /** Metrics by command. Nonexistent commands count as `unknown`, since clients can send any name. */
  readonly commands: ReadonlyMap<string, CommandMetrics> = new Map(
    [...Object.keys(commands), unknownCommand].map((name) => [name, new CommandMetrics()]),
  );

  /** Counts a reply. */
  countCommand(command: string, status: number, durationMs: number): void {
    const counts = this.commands.get(command) ?? this.commands.get(unknownCommand);
    counts?.add(status, durationMs / msInSecond);
  }

  /** Counts a commit with the number of units of work that shared it. */
  countCommit(units: number, durationMs: number): void {
    this.commitSizes.add(units);
    this.commitSeconds.add(durationMs / msInSecond);
  }

  /** Counts a connection closed by the server. */
  countDisconnect(reason: string): void {
    this.disconnects.set(reason, (this.disconnects.get(reason) ?? 0) + 1);
  }
}
