import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { Cluster } from "../cluster/cluster.ts";
import type { Histogram, Metrics } from "../metrics.ts";
import { serverVersion } from "../version.ts";

/** Current state of the server's connections. */
export interface ServerSnapshot {
  readonly lines: number;
  readonly webSockets: number;
  /** Connections without a determined framing: no byte received yet, or an upgrade in progress. */
  readonly undecided: number;
  /** TCP connections in their TLS handshake or with plain HTTP requests. */
  readonly others: number;
  /** Connections that are not logged in. */
  readonly guests: number;
  /** Bytes of unfinished and waiting messages of guests. */
  readonly guestBytes: number;
  readonly sessions: number;
  readonly usersOnline: number;
  /** Bytes in the connections' write buffers. */
  readonly queuedBytes: number;
  readonly passwordsWaiting: number;
}

const nanosecondsInSecond = 1e9;
const microsecondsInSecond = 1e6;
const lagResolutionMs = 20;

/** Exports the metrics in the text format of Prometheus. Values are read when they are scraped. */
export class PrometheusExporter {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #metrics: Metrics;
  readonly #snapshot: () => ServerSnapshot;
  readonly #lag = monitorEventLoopDelay({ resolution: lagResolutionMs });

  /** @param cluster - The cluster that the process belongs to, if any. */
  constructor(metrics: Metrics, snapshot: () => ServerSnapshot, cluster?: Pick<Cluster, "status">) {
    this.#metrics = metrics;
    this.#snapshot = snapshot;
    this.contentType = this.#registry.contentType;
    this.#lag.enable();
    this.#addConnections();
    this.#addCommands();
    this.#addProcess();
    if (cluster) this.#addCluster(cluster);
  }

  /** Returns all metrics as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#lag.disable();
  }

  #addConnections(): void {
    const metrics = this.#metrics;
    this.#gauge("asterite_connections", "Open connections by framing", ["framing"], (gauge) => {
      const { lines, webSockets, undecided, others } = this.#snapshot();
      gauge.set({ framing: "lines" }, lines);
      gauge.set({ framing: "websocket" }, webSockets);
      gauge.set({ framing: "undecided" }, undecided);
      gauge.set({ framing: "other" }, others);
    });
    this.#gauge("asterite_guests", "Connections that are not logged in", [], (gauge) =>
      gauge.set(this.#snapshot().guests),
    );
    this.#gauge("asterite_guest_bytes", "Bytes of unfinished and waiting messages of guests", [], (gauge) =>
      gauge.set(this.#snapshot().guestBytes),
    );
    this.#gauge("asterite_sessions", "Logged-in connections", [], (gauge) =>
      gauge.set(this.#snapshot().sessions),
    );
    this.#gauge("asterite_users_online", "Users with at least one session", [], (gauge) =>
      gauge.set(this.#snapshot().usersOnline),
    );
    this.#gauge("asterite_queued_bytes", "Bytes in the write buffers of connections", [], (gauge) =>
      gauge.set(this.#snapshot().queuedBytes),
    );
    this.#gauge("asterite_passwords_waiting", "Passwords waiting to be hashed", [], (gauge) =>
      gauge.set(this.#snapshot().passwordsWaiting),
    );
    this.#counter("asterite_connections_accepted_total", "Connections accepted", [], (counter) =>
      counter.inc(metrics.connectionsAccepted),
    );
    this.#counter(
      "asterite_connections_cut_total",
      "Connections closed by the server",
      ["reason"],
      (counter) => {
        for (const [reason, count] of metrics.disconnects) counter.inc({ reason }, count);
      },
    );
    this.#counter("asterite_pushes_delivered_total", "Pushes queued for connections", [], (counter) =>
      counter.inc(metrics.pushesDelivered),
    );
    this.#counter("asterite_sent_bytes_total", "Bytes of packets queued for connections", [], (counter) =>
      counter.inc(metrics.bytesSent),
    );
    this.#counter(
      "asterite_logins_throttled_total",
      "Logins refused without checking the password",
      [],
      (counter) => counter.inc(metrics.loginsThrottled),
    );
  }

  #addCommands(): void {
    const { commands, commitSizes, commitSeconds } = this.#metrics;
    this.#counter(
      "asterite_commands_total",
      "Replies by command and status",
      ["command", "status"],
      (counter) => {
        for (const [command, counts] of commands) {
          for (const { status, count } of counts.statusCounts()) counter.inc({ command, status }, count);
        }
      },
    );
    this.#histogram(
      "asterite_command_duration_seconds",
      "Time from the start of a command, or of the batch that shares its transaction, to its reply",
      () => [...commands].map(([command, { seconds }]) => ({ labels: { command }, histogram: seconds })),
    );
    this.#histogram("asterite_commit_group_size", "Transactions that share one commit", () => [
      { labels: {}, histogram: commitSizes },
    ]);
    this.#histogram(
      "asterite_commit_duration_seconds",
      "Duration of one commit with its transactions",
      () => [{ labels: {}, histogram: commitSeconds }],
    );
  }

  #addCluster(cluster: Pick<Cluster, "status">): void {
    this.#gauge("asterite_cluster_bus_connected", "Whether NATS is connected (1) or not (0)", [], (gauge) =>
      gauge.set(cluster.status.isBusConnected ? 1 : 0),
    );
    this.#gauge(
      "asterite_cluster_current",
      "Whether the state read from the database is recent (1) or not (0)",
      [],
      (gauge) => gauge.set(cluster.status.isCurrent ? 1 : 0),
    );
    this.#gauge("asterite_cluster_processes", "Other live processes of the cluster", [], (gauge) =>
      gauge.set(cluster.status.peers),
    );
    this.#counter(
      "asterite_cluster_events_read_total",
      "Events of other processes read from the database because NATS did not deliver them",
      [],
      (counter) => counter.inc(cluster.status.eventsRead),
    );
    this.#counter(
      "asterite_cluster_messages_refused_total",
      "Messages of the bus that are forged, replayed, too old or signed with an unknown key",
      ["reason"],
      (counter) => {
        for (const [reason, count] of cluster.status.refused) counter.inc({ reason }, count);
      },
    );
  }

  #addProcess(): void {
    this.#gauge("asterite_build_info", "Version of the server", ["version"], (gauge) =>
      gauge.set({ version: serverVersion }, 1),
    );
    this.#gauge(
      "asterite_event_loop_lag_seconds",
      "Event loop delay since the last scrape",
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
    this.#gauge("process_memory_bytes", "Memory usage by kind", ["kind"], (gauge) => {
      for (const [kind, bytes] of Object.entries(process.memoryUsage())) gauge.set({ kind }, bytes);
    });
    this.#counter("process_cpu_seconds_total", "User and system CPU time", [], (counter) => {
      const { user, system } = process.cpuUsage();
      counter.inc((user + system) / microsecondsInSecond);
    });
    this.#gauge("process_uptime_seconds", "Time since the process started", [], (gauge) =>
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

  #histogram(name: string, help: string, read: () => readonly LabelledHistogram[]): void {
    const get = () =>
      Promise.resolve({
        name,
        help,
        type: "histogram",
        values: read().flatMap((one) => toSeries(name, one)),
      });
    // The library's own histogram must observe each value, while these buckets are counted already.
    this.#registry.registerMetric({ name, help, get } as unknown as Metric);
  }
}

interface LabelledHistogram {
  readonly labels: Readonly<Record<string, string>>;
  readonly histogram: Histogram;
}

/** Returns the series of one histogram. Prometheus buckets are cumulative. */
function toSeries(name: string, { labels, histogram }: LabelledHistogram) {
  const total = histogram.count;
  if (total === 0) return [];
  let below = 0;
  const buckets = histogram.bounds.map((le, index) => {
    below += histogram.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: total },
    { metricName: `${name}_sum`, labels, value: histogram.sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
