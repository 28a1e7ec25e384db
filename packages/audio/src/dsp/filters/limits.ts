/**
 * Where the protocol sets no limits, settings are used up to here, so that no product of them overflows to
 * infinity.
 */
const largest = 1e6;

/** A setting without limits of its own, cut to where numbers still can be reckoned with. */
export const bounded = (setting: number): number => Math.min(Math.max(setting, -largest), largest);

/** A sample limited to full scale. */
export const clamp = (sample: number): number => Math.max(-1, Math.min(sample, 1));

/**
 * What an echo has to be above to be kept. Numbers that go on shrinking get so small in the end that the
 * processor is a hundred times slower with them.
 */
const audibleEcho = 1e-20;

/** A number of a recursion, or 0 once it has died away. */
export const settled = (value: number): number => (value > audibleEcho || value < -audibleEcho ? value : 0);

/** Louder than this is no sound but damage; so is what is not a number. */
const loudest = 16;

/** A sample, or silence where it is damaged: in a filter that feeds back, damage would stay for ever. */
export const sound = (sample: number): number => (sample > -loudest && sample < loudest ? sample : 0);
