// Demo server with users, channels, messages and music, for screenshots and accessibility tests.

import { Permissions, Server } from "@asterite/aster";
import type { Browser } from "playwright-core";

/** Options of {@link fillDemoServer}. */
export interface DemoServerOptions {
  readonly port: number;
  readonly browser: Browser;
  readonly administrator: { readonly name: string; readonly password: string };
}

const demoUsers = [
  ["mira", "#f2994a", "#eb5757"],
  ["jonas", "#2d9cdb", "#27ae60"],
  ["cleo", "#9b51e0", "#2f80ed"],
  ["dario", "#56ccf2", "#6fcf97"],
  ["DJ", "#5747c0", "#111018"],
] as const;

/** Connected demo users by name. */
type DemoUsers = Readonly<Record<(typeof demoUsers)[number][0], Server>>;

/** Returns a script that draws a profile picture with a gradient and a letter. */
const portraitScript = (letter: string, from: string, to: string): string => `(() => {
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

async function drawPortrait(
  browser: Browser,
  [name, from, to]: (typeof demoUsers)[number],
): Promise<Uint8Array> {
  const page = await browser.newPage();
  const base64 = await page.evaluate<string>(portraitScript(name.charAt(0).toUpperCase(), from, to));
  await page.close();
  return Buffer.from(base64, "base64");
}

async function connect(port: number, username: string, password: string, browser?: Browser): Promise<Server> {
  const server = new Server("127.0.0.1", port, { username, password, tls: false, registerIfMissing: true });
  await server.connect();
  const demoUser = demoUsers.find(([name]) => name === username);
  if (demoUser && browser) await server.account.setPicture(await drawPortrait(browser, demoUser));
  return server;
}

/** Path at which the demo track's artwork is expected. */
export const demoArtwork = "/artwork/slow-morning";

/** Returns the published music state. */
export const demoMusic = (now: number, artwork: string | null = null) => ({
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

/** Fills a server with channels, groups, users and messages. */
export async function fillDemoServer({
  port,
  browser,
  administrator,
}: DemoServerOptions): Promise<DemoUsers> {
  const admin = await connect(port, administrator.name, administrator.password);
  for (const name of ["lounge", "workshop", "kitchen"]) await admin.createChannel(name);
  const position = Math.max(...admin.groups.map((group) => group.position)) + 1;
  const crew = await admin.createGroup("crew", {
    permissions: Permissions.of({ manage_messages: "allow" }),
    colour: 0x2f80ed,
    position,
  });
  const users = {} as { -readonly [Name in keyof DemoUsers]: Server };
  for (const [name] of demoUsers) users[name] = await connect(port, name, "demo secret", browser);
  await admin.admin.setUserGroups(users.mira.selfUuid ?? 0, crew ? [crew] : []);
  await talk(users);
  await users.DJ.getChannelByName("lounge")?.setState("music", demoMusic(Date.now(), demoArtwork));
  await admin.disconnect();
  return users;
}

async function talk({ mira, jonas, cleo, dario, DJ }: DemoUsers): Promise<void> {
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
  await say(dario, "Can someone put on some music?");
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
