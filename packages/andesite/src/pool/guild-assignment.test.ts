import { expect, it } from "vitest";
import { GuildAssignment } from "./guild-assignment.ts";

const deferred = () => Promise.withResolvers<void>();

it("runs tasks one after the other, and resumes waiting senders in order after the last one", async () => {
  const assignment = new GuildAssignment<string>("5");
  const log: string[] = [];
  const [first, second] = [deferred(), deferred()];
  const tasks = [
    assignment.schedule(() => first.promise.then(() => void log.push("first"))),
    assignment.schedule(() => second.promise.then(() => void log.push("second"))),
  ];
  for (const name of ["a", "b"]) assignment.whenSettled(() => log.push(name));
  second.resolve();
  first.resolve();
  await tasks[0];
  expect([log, assignment.isPending]).toEqual([["first"], true]);
  await assignment.settled();
  expect([log, assignment.isPending]).toEqual([["first", "second", "a", "b"], false]);
  assignment.whenSettled(() => log.push("at once"));
  expect(log.at(-1)).toBe("at once");
});

it("keeps the error of the last task until another one succeeds", async () => {
  const assignment = new GuildAssignment<string>("5");
  const error = new Error("no score");
  const failed = assignment.schedule(() => Promise.reject(error));
  await expect(failed).rejects.toBe(error);
  await assignment.settled();
  expect(assignment.failure).toEqual({ error });
  await assignment.schedule(() => Promise.resolve());
  await assignment.settled();
  expect(assignment.failure).toBeNull();
});
