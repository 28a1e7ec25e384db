import { expect, it } from "vitest";
import { ChannelStates } from "./channel-states.ts";

const state = (key: string, value: unknown, channel = 1) => ({ channel, key, value, author_uuid: 9 });

it("reserves a key for its writer until the writer clears it or leaves", () => {
  const states = new ChannelStates();
  expect(states.set(state("song", "a"), 1)).toBeUndefined();
  expect(states.set(state("song", "b"), 2)).toBe("taken:key");
  expect(states.set(state("song", "c"), 1)).toBeUndefined();
  expect(states.list(1)).toEqual([state("song", "c")]);
  expect(states.set(state("song", null), 1)).toBeUndefined();
  expect(states.list(1)).toEqual([]);
  expect(states.set(state("song", "d"), 2)).toBeUndefined();
  expect(states.set(state("other", "e", 2), 2)).toBeUndefined();
  expect(states.removeByWriter(2)).toEqual([state("song", "d"), state("other", "e", 2)]);
  expect(states.removeByWriter(2)).toEqual([]);
  expect(states.set(state("song", "f"), 3)).toBeUndefined();
});

it("limits the keys of a channel and of a writer", () => {
  const states = new ChannelStates();
  for (let key = 0; key < 32; key++) expect(states.set(state(`${key}`, 1), 1)).toBeUndefined();
  expect(states.set(state("more", 1), 1)).toBe("quota:channel_keys:32");
  expect(states.set(state("5", 2), 1)).toBeUndefined();
  for (let channel = 2; channel < 34; channel++)
    expect(states.set(state("k", 1, channel), 1)).toBeUndefined();
  expect(states.set(state("k", 1, 99), 1)).toBe("quota:keys:64");
  expect(states.set(state("k", 1, 99), 2)).toBeUndefined();
});
