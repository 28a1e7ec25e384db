import { Permissions } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { Access } from "../access.ts";
import type { ServerContext, Session } from "./handler.ts";
import { RunningCall } from "./running-call.ts";

it("gives a request without a login no rights of the operator", () => {
  const server = { now: () => 0 } as Partial<ServerContext> as ServerContext;
  const { user } = new RunningCall({ command: "ping", fields: {} }, {} as Session, server);
  const rules = { base: Permissions.none, channels: [], groups: [], overrides: [], memberships: new Map() };
  const access = new Access(rules);
  expect(access.allows(user, "ban_users")).toBe(false);
  expect(access.rankOf(user)).toBe(Number.POSITIVE_INFINITY);
});
