import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Players } from "../players/players.ts";
import type { GcMonitor } from "./stats/gc-monitor.ts";

/** A number that is read when somebody asks for it. */
export interface MetricSource {
  /** Such as `andesite_listeners`. */
  readonly name: string;
  /** What it means, with its unit. */
  readonly help: string;
  /** Names of its labels. Default: none. */
  readonly labelNames?: readonly string[];
  /** The value, or one value for each set of labels. */
  read(): number | Iterable<LabelledValue>;
}

/** One value of a {@link MetricSource}. */
interface LabelledValue {
  /** By name of the label. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Upper bounds in seconds, those of the original node. */
const pauseBuckets = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];

let processRegistry: Registry | null = null;

/** The library's numbers about the process; its observers cannot be stopped, so there is one set of them. */
function processMetrics(): Registry {
  if (processRegistry) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  return processRegistry;
}

/** Numbers for Prometheus (section 15.1 of the protocol). */
export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #gcMonitor: GcMonitor;

  constructor(players: Players, collections: GcMonitor, sources: readonly MetricSource[]) {
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
   * The numbers in Prometheus' text format.
   *
   * @param names - Families to be told; all where there are none.
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
    this.#gcMonitor.onPause = null;
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
