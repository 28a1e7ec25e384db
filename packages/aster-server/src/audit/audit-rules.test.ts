import type { CommandName } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { operations } from "../admin/operations.ts";
import { handlers } from "../commands/index.ts";
import { auditRuleOf } from "./audit-rules.ts";

it("covers every command that writes, except those for messages, own data and the session", () => {
  const names = Object.keys(handlers) as CommandName[];
  const unaudited = names.filter(
    (name) => !("read" in handlers[name] || "answer" in handlers[name]) && !auditRuleOf(name),
  );
  expect(unaudited.toSorted()).toEqual([
    "create_upload",
    "edit",
    "get_last_reads",
    "get_num_unread",
    "hello",
    "mark_as_read",
    "search",
    "send",
    "sync_set",
    "sync_set_servers",
  ]);
});

it("covers every operation of the operator that changes anything", () => {
  const unaudited = Object.keys(operations).filter((name) => !operations[name]?.target);
  // The set-up invite is recorded where one is created, which a server with an administrator does not do.
  expect(unaudited).toEqual(["create_setup_invite", "list_user_tokens"]);
});
