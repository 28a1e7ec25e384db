import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PlayerTotals } from "../players/players.ts";
import type { GcMonitor } from "./stats/gc-monitor.ts";

/** Gauge whose value is read at each scrape. */
export interface MetricSource {
  /** Metric name, such as `andesite_listeners`. */
  readonly name: string;
  /** Help text with the unit. */
  readonly help: string;
  /** Label names. Default: none. */
  readonly labelNames?: readonly string[];
  /** Returns the value, or one value per set of labels. */
  read(): number | Iterable<LabelledValue>;
}

/** Value of a {@link MetricSource} with its labels. */
interface LabelledValue {
  /** Label values by name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Upper bounds of the buckets in seconds, as in the original node. */
const pauseBuckets = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];

let processRegistry: Registry | undefined;

/**
 * Returns the default process metrics of prom-client. Their observers cannot be stopped, so all nodes of a
 * process share one registry.
 */
function processMetrics(): Registry {
  if (processRegistry) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  return processRegistry;
}

/** Prometheus metrics of the node (section 15.1 of the protocol). */
export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #gcMonitor: GcMonitor;

  constructor(players: PlayerTotals, collections: GcMonitor, sources: readonly MetricSource[]) {
    this.contentType = this.#registry.contentType;
    this.#gcMonitor = collections;
    this.#addGauge({ name: "andesite_players", help: "Players alive", read: () => players.counts().total });
    this.#addGauge({
      name: "andesite_uptime",
      help: "Seconds since the node started",
      read: () => process.uptime(),
    });
    const pauses = new Histogram({
      name: "andesite_gc_pauses_seconds",
      help: "Pauses of the garbage collector of the main thread",
      labelNames: ["action", "cause", "name"],
      buckets: pauseBuckets,
      registers: [this.#registry],
    });
    collections.onPause = ({ collector, isMajor, cause, seconds }) => {
      pauses.observe({ action: `end of ${isMajor ? "major" : "minor"} GC`, cause, name: collector }, seconds);
    };
    for (const source of sources) this.#addGauge(source);
  }

  /**
   * Renders the metrics in Prometheus' text format.
   *
   * @param names - Metric families to include; empty for all.
   */
  async render(names: readonly string[]): Promise<string> {
    const registries = [this.#registry, processMetrics()];
    if (names.length === 0) return (await Promise.all(registries.map((one) => one.metrics()))).join("\n");
    const found = registries.flatMap((registry) =>
      names
        .filter((name) => registry.getSingleMetric(name))
        .map((name) => registry.getSingleMetricAsString(name)),
    );
    return `${(await Promise.all(found)).join("\n\n")}\n`;
  }

  close(): void {
    this.#gcMonitor.onPause = undefined;
  }

  #addGauge({ name, help, labelNames = [], read }: MetricSource): void {
    const collect = (): void => {
      const values = read();
      gauge.reset();
      if (typeof values === "number") gauge.set(values);
      else for (const { labels, value } of values) gauge.set({ ...labels }, value);
    };
    const gauge: Gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [], collect });
    this.#registry.registerMetric(gauge);
  }
}
