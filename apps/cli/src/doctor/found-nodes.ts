import { setTimeout as delay } from "node:timers/promises";
import {
  AnnouncementSigner,
  announcedUrl,
  announcementIntervalMs,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import type { Discovery } from "@asterite/dj/configuration";
import { NatsLink } from "@asterite/nats";
import { about, type Finding } from "./finding.ts";
import { checkNats } from "./services.ts";

/** Long enough to hear every node that is there. */
const listenMs = 2.5 * announcementIntervalMs;
const mostShown = 20;

const quiet = { debug() {}, info() {}, warn() {} };

/** Listens which audio nodes announce themselves. */
export async function hearNodes({ nats, password }: Discovery): Promise<Finding[]> {
  const bus = await checkNats(nats, "no audio nodes are found");
  if (bus.severity !== "ok") return [bus];
  const signer = new AnnouncementSigner(password);
  const urls = new Set<string>();
  let strange = 0;
  const link = new NatsLink({ addresses: nats, logger: quiet });
  link.subscribe(announcementSubject, (message) => {
    const announcement = signer.verify(message);
    if (!announcement) strange++;
    else if (urls.size < mostShown) urls.add(announcedUrl(announcement));
  });
  await delay(listenMs);
  await link.close();
  const nodes = about("found nodes");
  const findings = [bus];
  if (urls.size > 0) findings.push(nodes.ok([...urls].join(", ")));
  else {
    const advice =
      "Start asterite node with the same --nats and password. The bot itself would wait for one.";
    findings.push(nodes.warning(`none announced itself within ${listenMs / 1_000} s`, advice));
  }
  if (strange > 0) {
    const advice = "Give all nodes the bot's password for them, or the others another NATS.";
    findings.push(nodes.warning("some announcements are signed with another password", advice));
  }
  return findings;
}
