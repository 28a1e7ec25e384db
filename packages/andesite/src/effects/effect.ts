import {
  type EffectName,
  type EffectSettings,
  effectDefaults,
  effectProblem,
  effectRanges,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { requireKnownOptions } from "../checks.ts";
import { MalformedDataError, OutOfRangeError } from "../errors.ts";
import { Filter } from "../models/index.ts";

/** Settings of an effect and `enabled`, all optional. */
export type EffectOptions<Name extends EffectName> = Partial<EffectSettings<Name>> & {
  /** Whether the effect is on: a disabled one is sent with its defaults. Default: true. */
  readonly enabled?: boolean;
};

/**
 * Base class of effects: filters of Asterite's nodes that Andesite does not have. Other nodes ignore them. Unlike plain
 * filters, an effect never holds a value that nodes refuse.
 */
export abstract class Effect<Name extends EffectName> extends Filter {
  readonly filterName: Name;
  #settings: EffectSettings<Name>;

  protected constructor(name: Name, options: EffectOptions<Name> | null | undefined) {
    super();
    this.filterName = name;
    this.#settings = effectDefaults(name);
    this.set(options ?? {});
  }

  /** Current settings. Change them with {@link set}. */
  get settings(): EffectSettings<Name> {
    return this.#settings;
  }

  /**
   * Changes the given settings.
   *
   * @throws InvalidTypeError naming an unknown setting, OutOfRangeError naming one out of its range; nothing is changed then.
   */
  set(options: EffectOptions<Name>): void {
    const ranges = effectRanges(this.filterName);
    requireKnownOptions(`${this.filterName}.`, options, ["enabled", ...Object.keys(ranges)]);
    const { enabled = this.enabled, ...given } = options;
    const settings = Object.entries(given).filter(([, value]) => value !== undefined);
    for (const [setting, value] of settings) {
      const range = ranges[setting];
      const problem = range && effectProblem(range, value);
      if (problem) throw new OutOfRangeError(`${this.filterName}.${setting}`, problem);
    }
    this.enabled = enabled;
    this.#settings = { ...this.#settings, ...Object.fromEntries(settings) };
  }

  override reset(): void {
    this.#settings = effectDefaults(this.filterName);
  }

  override toRaw(): EffectSettings<Name> {
    return this.enabled ? this.#settings : effectDefaults(this.filterName);
  }

  override toState(): EffectSettings<Name> & { readonly enabled: boolean } {
    return { ...this.#settings, enabled: this.enabled };
  }
}

/**
 * Reads the settings of an effect in a player's state. Unknown ones are dropped.
 *
 * @throws MalformedDataError
 */
export function readEffect<Name extends EffectName>(name: Name, raw: unknown): EffectOptions<Name> {
  if (!isRecord(raw)) throw new MalformedDataError(name, "", "an object");
  const settings: Record<string, unknown> = {};
  for (const [setting, range] of Object.entries(effectRanges(name))) {
    const value = raw[setting] ?? range.default;
    const problem = effectProblem(range, value);
    if (problem) throw new MalformedDataError(name, setting, problem);
    settings[setting] = value;
  }
  const { enabled } = raw;
  // The ranges define the settings, which the compiler cannot infer.
  return { ...settings, ...(typeof enabled === "boolean" && { enabled }) } as EffectOptions<Name>;
}
