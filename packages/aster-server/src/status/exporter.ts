import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { ClusterStatus } from "../cluster/cluster.ts";
import type { Distribution, Metrics } from "../metrics.ts";
import { serverVersion } from "../version.ts";

/** How things are at this moment. */
export interface Snapshot {
  readonly lines: number;
  readonly webSockets: number;
  /** Connections that have not sent a byte, or are in the middle of an upgrade. */
  readonly undecided: number;
  readonly sessions: number;
  readonly usersOnline: number;
  /** Bytes that wait for clients to read them. */
  readonly queuedBytes: number;
  readonly passwordsWaiting: number;
}

const nanosecondsInSecond = 1e9;
const microsecondsInSecond = 1e6;
const lagResolutionMs = 20;

/** Writes what a server counts in the text format of Prometheus. All is read when it is asked for. */
export class Exporter {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #metrics: Metrics;
  readonly #snapshot: () => Snapshot;
  readonly #lag = monitorEventLoopDelay({ resolution: lagResolutionMs });

  /** @param cluster says how it is with the other processes, where there can be any. */
  constructor(metrics: Metrics, snapshot: () => Snapshot, cluster?: () => ClusterStatus) {
    this.#metrics = metrics;
    this.#snapshot = snapshot;
    this.contentType = this.#registry.contentType;
    this.#lag.enable();
    this.#addConnections();
    this.#addCommands();
    this.#addProcess();
    if (cluster) this.#addCluster(cluster);
  }

  /** Everything, as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#lag.disable();
  }

  #addConnections(): void {
    const metrics = this.#metrics;
    this.#gauge("asterite_connections", "Open connections by framing", ["framing"], (gauge) => {
      const { lines, webSockets, undecided } = this.#snapshot();
      gauge.set({ framing: "lines" }, lines);
      gauge.set({ framing: "websocket" }, webSockets);
      gauge.set({ framing: "undecided" }, undecided);
    });
    this.#gauge("asterite_sessions", "Connections that are logged in", [], (gauge) =>
      gauge.set(this.#snapshot().sessions),
    );
    this.#gauge("asterite_users_online", "Users with at least one session", [], (gauge) =>
      gauge.set(this.#snapshot().usersOnline),
    );
    this.#gauge("asterite_queued_bytes", "Bytes that wait for clients to read them", [], (gauge) =>
      gauge.set(this.#snapshot().queuedBytes),
    );
    this.#gauge("asterite_passwords_waiting", "Passwords that wait to be hashed", [], (gauge) =>
      gauge.set(this.#snapshot().passwordsWaiting),
    );
    this.#counter("asterite_connections_accepted_total", "Connections accepted", [], (counter) =>
      counter.inc(metrics.connectionsAccepted),
    );
    this.#counter(
      "asterite_connections_cut_total",
      "Connections ended by the server",
      ["reason"],
      (counter) => {
        for (const [reason, count] of metrics.cut) counter.inc({ reason }, count);
      },
    );
    this.#counter("asterite_pushes_delivered_total", "Pushes handed to connections", [], (counter) =>
      counter.inc(metrics.pushesDelivered),
    );
    this.#counter("asterite_sent_bytes_total", "Bytes of packets handed to connections", [], (counter) =>
      counter.inc(metrics.bytesSent),
    );
    this.#counter("asterite_logins_throttled_total", "Logins refused unseen", [], (counter) =>
      counter.inc(metrics.loginsThrottled),
    );
  }

  #addCommands(): void {
    const { commands, commitGroups, commitSeconds } = this.#metrics;
    this.#counter(
      "asterite_commands_total",
      "Answers by command and status",
      ["command", "status"],
      (counter) => {
        for (const [command, counts] of commands) {
          for (const { status, count } of counts.answers()) counter.inc({ command, status }, count);
        }
      },
    );
    this.#histogram(
      "asterite_command_duration_seconds",
      "Time from the start of a command, or of the commands that share its transaction, to its answer",
      () => [...commands].map(([command, { seconds }]) => ({ labels: { command }, of: seconds })),
    );
    this.#histogram("asterite_commit_group_size", "Works that share one commit", () => [
      { labels: {}, of: commitGroups },
    ]);
    this.#histogram("asterite_commit_duration_seconds", "Time of one commit with its works", () => [
      { labels: {}, of: commitSeconds },
    ]);
  }

  #addCluster(cluster: () => ClusterStatus): void {
    this.#gauge("asterite_cluster_bus_connected", "Whether NATS is connected", [], (gauge) =>
      gauge.set(cluster().isBusConnected ? 1 : 0),
    );
    this.#gauge("asterite_cluster_current", "Whether the database was seen shortly ago", [], (gauge) =>
      gauge.set(cluster().isCurrent ? 1 : 0),
    );
    this.#gauge("asterite_cluster_processes", "Other processes that are known to live", [], (gauge) =>
      gauge.set(cluster().peers),
    );
    this.#counter(
      "asterite_cluster_events_read_total",
      "Events of other processes that were read from the database, since NATS did not bring them",
      [],
      (counter) => counter.inc(cluster().eventsRead),
    );
  }

  #addProcess(): void {
    this.#gauge("asterite_build_info", "Version of the server", ["version"], (gauge) =>
      gauge.set({ version: serverVersion }, 1),
    );
    this.#gauge(
      "asterite_event_loop_lag_seconds",
      "How late the event loop was since it was last asked",
      ["quantile"],
      (gauge) => {
        for (const quantile of [0.5, 0.99, 1]) {
          const nanoseconds = this.#lag.percentile(quantile * 100);
          const seconds = Math.max(0, nanoseconds / nanosecondsInSecond - lagResolutionMs / 1000);
          gauge.set({ quantile }, seconds);
        }
        this.#lag.reset();
      },
    );
    this.#gauge("process_memory_bytes", "Memory by kind", ["kind"], (gauge) => {
      for (const [kind, bytes] of Object.entries(process.memoryUsage())) gauge.set({ kind }, bytes);
    });
    this.#counter("process_cpu_seconds_total", "Processor time", [], (counter) => {
      const { user, system } = process.cpuUsage();
      counter.inc((user + system) / microsecondsInSecond);
    });
    this.#gauge("process_uptime_seconds", "Time since the process began", [], (gauge) =>
      gauge.set(process.uptime()),
    );
  }

  #gauge(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const collect = (): void => read(gauge);
    const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [], collect });
    this.#registry.registerMetric(gauge);
  }

  #counter(name: string, help: string, labelNames: string[], read: (counter: Counter) => void): void {
    const collect = (): void => {
      counter.reset();
      read(counter);
    };
    const counter: Counter = new Counter({ name, help, labelNames, registers: [], collect });
    this.#registry.registerMetric(counter);
  }

  #histogram(name: string, help: string, read: () => readonly Labelled[]): void {
    const get = () =>
      Promise.resolve({ name, help, type: "histogram", values: read().flatMap((one) => series(name, one)) });
    // The library's own histogram wants every value one by one, while ours are counted already.
    this.#registry.registerMetric({ name, help, get } as unknown as Metric);
  }
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly of: Distribution;
}

/** The lines of one histogram, whose classes include the smaller ones. */
function series(name: string, { labels, of }: Labelled) {
  const total = of.count;
  if (total === 0) return [];
  let below = 0;
  const buckets = of.bounds.map((le, index) => {
    below += of.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: total },
    { metricName: `${name}_sum`, labels, value: of.sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
