import { expectTypeOf, it } from "vitest";
import type {
  CommandName,
  Permissions,
  PushFields,
  ReplyFields,
  ReplyInput,
  Request,
  RequestFields,
  RequestInput,
} from "./index.ts";

it("derives the fields of a request from its command", () => {
  expectTypeOf<RequestFields<"get_user">>().toEqualTypeOf<{ uuid: number }>();
  expectTypeOf<RequestFields<"send">["reply"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<RequestInput<"send">["reply"]>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<RequestFields<"create_group">["permissions"]>().toEqualTypeOf<Permissions>();
  expectTypeOf<RequestInput<"create_group">["permissions"]>().toEqualTypeOf<number[]>();
});

it("narrows the fields of a request with its command", () => {
  expectTypeOf<Extract<Request, { command: "history" }>["fields"]["num"]>().toEqualTypeOf<number>();
  expectTypeOf<Request["command"]>().toEqualTypeOf<CommandName>();
});

it("has all fields of replies and pushes after validation", () => {
  expectTypeOf<ReplyFields<"history">["data"][number]["edited"]>().toEqualTypeOf<boolean>();
  expectTypeOf<ReplyInput<"history">["data"][number]["edited"]>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<PushFields<"content">["reply"]>().toEqualTypeOf<number | null>();
  expectTypeOf<PushFields<"API_version">["version"]>().toEqualTypeOf<[number, number, number]>();
});
