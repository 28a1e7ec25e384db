// A server with people who talk and listen, for pictures and measurements.

import { Permissions, Server } from "@asterite/aster";
import type { Browser } from "playwright-core";

/** Where the scene takes place, and who may arrange it. */
export interface SceneOptions {
  readonly port: number;
  readonly browser: Browser;
  readonly administrator: { readonly name: string; readonly password: string };
}

const people = [
  ["mira", "#f2994a", "#eb5757"],
  ["jonas", "#2d9cdb", "#27ae60"],
  ["cleo", "#9b51e0", "#2f80ed"],
  ["dario", "#56ccf2", "#6fcf97"],
  ["DJ", "#5747c0", "#111018"],
] as const;

/** Somebody who is there until the scene is closed. */
type Cast = Readonly<Record<(typeof people)[number][0], Server>>;

/** Draws a picture with two colours and a letter, in the page. */
const drawing = (letter: string, from: string, to: string): string => `(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 128, height: 128 });
  const context = canvas.getContext("2d");
  const gradient = context.createLinearGradient(0, 0, 128, 128);
  gradient.addColorStop(0, "${from}");
  gradient.addColorStop(1, "${to}");
  context.fillStyle = gradient;
  context.fillRect(0, 0, 128, 128);
  context.fillStyle = "rgb(255 255 255 / 92%)";
  Object.assign(context, { font: "600 64px system-ui", textAlign: "center", textBaseline: "middle" });
  context.fillText("${letter}", 64, 70);
  return canvas.toDataURL("image/png").split(",")[1];
})()`;

async function portrait(browser: Browser, [name, from, to]: (typeof people)[number]): Promise<Uint8Array> {
  const page = await browser.newPage();
  const base64 = await page.evaluate<string>(drawing(name.charAt(0).toUpperCase(), from, to));
  await page.close();
  return Buffer.from(base64, "base64");
}

async function enter(port: number, username: string, password: string, browser?: Browser): Promise<Server> {
  const server = new Server("127.0.0.1", port, { username, password, tls: false, registerIfMissing: true });
  await server.connect();
  const person = people.find(([name]) => name === username);
  if (person && browser) await server.account.setPicture(await portrait(browser, person));
  return server;
}

/** Where the scene expects a picture of what plays. */
export const scenesArtwork = "/artwork/slow-morning";

/** The music that is playing. */
export const scenesMusic = (now: number, artwork: string | null = null) => ({
  v: 1,
  player: {
    track: { title: "Slow Morning", author: "The Asterites", lengthMs: 214_000, uri: null, artwork },
    positionMs: 83_000,
    at: now,
    paused: false,
    volume: 100,
  },
  queue: [
    { title: "Rain on Tin", author: "Low Tide", lengthMs: 187_000, by: "mira" },
    { title: "Northbound", author: "Cassette Weather", lengthMs: 242_000, by: "jonas" },
    { title: "Blue Hour", author: "The Asterites", lengthMs: 201_000, by: "cleo" },
  ],
  listen: "/listen/lounge.ogg",
});

/** Fills a server with channels, groups, people and what they say. */
export async function setScene({ port, browser, administrator }: SceneOptions): Promise<Cast> {
  const admin = await enter(port, administrator.name, administrator.password);
  for (const name of ["lounge", "workshop", "kitchen"]) await admin.createChannel(name);
  const position = Math.max(...admin.groups.map((group) => group.position)) + 1;
  const crew = await admin.createGroup("crew", {
    permissions: Permissions.of({ manage_messages: "allow" }),
    colour: 0x2f80ed,
    position,
  });
  const cast = {} as { -readonly [Name in keyof Cast]: Server };
  for (const [name] of people) cast[name] = await enter(port, name, "secret", browser);
  await admin.admin.setUserGroups(cast.mira.selfUuid ?? 0, [crew ?? 0]);
  await talk(cast);
  await cast.DJ.getChannelByName("lounge")?.setState("music", scenesMusic(Date.now(), scenesArtwork));
  await admin.disconnect();
  return cast;
}

async function talk({ mira, jonas, cleo, dario, DJ }: Cast): Promise<void> {
  const say = async (who: Server, text: string, channel = "lounge", replyTo?: number) => {
    const sent = await who.getChannelByName(channel)?.send(text, { replyTo });
    return sent?.uuid;
  };
  await say(mira, "Morning all ☕");
  await say(
    mira,
    "The new build is on the server. Two things changed:\n- pages come back **where they were**\n- history loads while you scroll",
  );
  const question = await say(jonas, "Nice! How do I ask for the newest page only?");
  await say(
    cleo,
    "```ts\nconst page = await channel.fetchHistory({ count: 50 });\nfor (const message of page) {\n  console.log(message.author.username, message.content); // oldest first\n}\n```",
    "lounge",
    question,
  );
  await say(jonas, "Perfect, thanks @cleo 🎉");
  await say(dario, "Somebody put on some music?");
  await say(mira, "!play slow morning");
  await say(DJ, "▶ **Slow Morning** by The Asterites – three more in the queue.");
  await say(
    cleo,
    "> history loads while you scroll\n\nScrolled back to the very first message. Not one jump.",
  );
  await say(dario, "Photo of the garden: https://garden.example/lavender.jpg");
  await say(jonas, "Looks *lovely*. See you at six.");
  await say(dario, "The saw is free again.", "workshop");
  await say(cleo, "Soup at noon, @admin", "kitchen");
}
