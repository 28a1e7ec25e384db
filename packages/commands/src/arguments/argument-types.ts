export { argument as custom } from "./argument.ts";
export { type ChannelOptions, channel, message, user } from "./entities.ts";
export {
  boolean,
  choice,
  type DurationOptions,
  duration,
  integer,
  number,
  type Range,
  rest,
  type TextOptions,
  text,
  type WordOptions,
  word,
} from "./values.ts";
