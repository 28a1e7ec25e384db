import { Server } from "@asterite/aster";
import { expect, it } from "vitest";
import { PictureUrls } from "../lib/pictures/picture-urls.ts";
import { UserDirectory } from "./user-directory.ts";

it.each([Number.NaN, Number.POSITIVE_INFINITY, 12])("has no account %s", (uuid) => {
  const server = new Server("chat.example", 2345, { username: "ann", password: "secret" });
  const users = new UserDirectory(() => server, new PictureUrls());
  expect([users.get(uuid), users.isBot(uuid), users.nameOf(uuid, "?"), users.pictureOf(uuid)]).toEqual([
    undefined,
    false,
    "?",
    undefined,
  ]);
});
