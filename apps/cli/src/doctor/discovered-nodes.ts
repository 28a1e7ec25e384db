import { setTimeout as delay } from "node:timers/promises";
import {
  AnnouncementSigner,
  announcedUrl,
  announcementIntervalMs,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import type { Discovery } from "@asterite/dj/configuration";
import { NatsLink } from "@asterite/nats";
import { silentLogger } from "@asterite/util";
import { type Finding, findingsFor } from "./finding.ts";
import { checkNats } from "./services.ts";

/** Long enough to receive an announcement of every running node. */
const listenMs = 2.5 * announcementIntervalMs;
const maxShown = 20;

/** Collects the announcements of audio nodes over NATS. */
export async function discoverNodes({ nats, password }: Discovery): Promise<Finding[]> {
  const bus = await checkNats(nats, "the bot cannot discover audio nodes");
  if (bus.severity !== "ok") return [bus];
  const signer = new AnnouncementSigner(password);
  const urls = new Set<string>();
  let rejectedCount = 0;
  const link = new NatsLink({ addresses: nats, logger: silentLogger });
  link.subscribe(announcementSubject, (message) => {
    const announcement = signer.verify(message);
    if (!announcement) rejectedCount++;
    else if (urls.size < maxShown) urls.add(announcedUrl(announcement));
  });
  await delay(listenMs);
  await link.close();
  const nodes = findingsFor("discovered nodes");
  const findings = [bus];
  if (urls.size > 0) findings.push(nodes.ok([...urls].join(", ")));
  else {
    const advice = "Start asterite node with the same --nats and password. The bot waits for one.";
    findings.push(nodes.warning(`no announcement within ${listenMs / 1_000} s`, advice));
  }
  if (rejectedCount > 0) {
    const advice = "Use the same node password everywhere, or separate NATS servers.";
    findings.push(nodes.warning("some announcements are signed with another password", advice));
  }
  return findings;
}
