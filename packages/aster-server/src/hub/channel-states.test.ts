import { expect, it } from "vitest";
import { ChannelStates } from "./channel-states.ts";

const state = (key: string, value: unknown, channel = 1) => ({ channel, key, value, author_uuid: 9 });
const by = (connection: number) => ({ connection, isManager: false });
const manager = (connection: number) => ({ connection, isManager: true });

it("reserves a key for its writer until the writer clears it or leaves", () => {
  const states = new ChannelStates();
  expect(states.set(state("song", "a"), by(1))).toBeUndefined();
  expect(states.set(state("song", "b"), by(2))).toBe("taken:key");
  expect(states.set(state("song", "c"), by(1))).toBeUndefined();
  expect(states.list(1)).toEqual([state("song", "c")]);
  expect(states.set(state("song", null), by(1))).toBeUndefined();
  expect(states.list(1)).toEqual([]);
  expect(states.set(state("song", "d"), by(2))).toBeUndefined();
  expect(states.set(state("other", "e", 2), by(2))).toBeUndefined();
  expect(states.removeByWriter(2)).toEqual([state("song", "d"), state("other", "e", 2)]);
  expect(states.removeByWriter(2)).toEqual([]);
  expect(states.set(state("song", "f"), by(3))).toBeUndefined();
});

it("limits the keys of a channel and of a writer", () => {
  const states = new ChannelStates();
  for (let key = 0; key < 32; key++) expect(states.set(state(`${key}`, 1), by(1))).toBeUndefined();
  expect(states.set(state("more", 1), by(1))).toBe("quota:channel_keys:32");
  expect(states.set(state("5", 2), by(1))).toBeUndefined();
  for (let channel = 2; channel < 34; channel++)
    expect(states.set(state("k", 1, channel), by(1))).toBeUndefined();
  expect(states.set(state("k", 1, 99), by(1))).toBe("quota:keys:64");
  expect(states.set(state("k", 1, 99), by(2))).toBeUndefined();
});

it("lets a manager clear every key and take over those of others", () => {
  const states = new ChannelStates();
  states.set(state("song", "a"), by(1));
  expect(states.set(state("song", "b"), manager(2))).toBeUndefined();
  expect(states.list(1)).toEqual([state("song", "b")]);
  expect(states.set(state("song", "c"), by(1))).toBe("taken:key");
  expect(states.set(state("song", null), by(1))).toBe("taken:key");
  expect(states.set(state("song", "c"), manager(3))).toBe("taken:key");
  expect(states.removeByWriter(1)).toEqual([]);
  expect(states.set(state("song", null), manager(3))).toBeUndefined();
  expect(states.list(1)).toEqual([]);
});

it("counts the keys of managers separately, so that others cannot fill a channel", () => {
  const states = new ChannelStates();
  for (let key = 0; key < 32; key++) states.set(state(`${key}`, 1), by(1));
  for (let key = 0; key < 32; key++) {
    expect(states.set(state(`managed ${key}`, 1), manager(2))).toBeUndefined();
  }
  expect(states.set(state("more", 1), manager(2))).toBe("quota:channel_keys:32");
});

it("keeps the commands of each bot, which none takes from another", () => {
  const states = new ChannelStates();
  const commands = (author: number, value: unknown) => ({ ...state("commands", value), author_uuid: author });
  expect(states.set(commands(7, "a"), by(1))).toBeUndefined();
  expect(states.set(commands(8, "b"), manager(2))).toBeUndefined();
  // A key that is spelled like the place of another account's commands is none.
  expect(states.set(state("7:commands", "c"), by(3))).toBeUndefined();
  expect(states.set(commands(8, null), by(3))).toBe("taken:key");
  expect(states.list(1)).toEqual([commands(7, "a"), commands(8, "b"), state("7:commands", "c")]);
  expect(states.removeByWriter(1)).toEqual([commands(7, "a")]);
  expect(states.set(commands(8, null), manager(2))).toBeUndefined();
  expect(states.list(1)).toEqual([state("7:commands", "c")]);
});

it("removes the states that match", () => {
  const states = new ChannelStates();
  states.set(state("song", "a", 1), by(1));
  states.set(state("song", "b", 2), by(1));
  expect(states.removeIf(({ channel }) => channel === 1)).toEqual([state("song", "a", 1)]);
  expect(states.list(1)).toEqual([]);
  expect(states.list(2)).toEqual([state("song", "b", 2)]);
});
