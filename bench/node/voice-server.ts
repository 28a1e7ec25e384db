// Worker thread with a Discord voice server, which reports how many packets it could decrypt.

import { parentPort, workerData } from "node:worker_threads";
import { type Certificate, DiscordVoiceServer } from "@asterite/testkit";

const { certificate, endToEnd } = workerData as { certificate: Certificate; endToEnd: boolean };
const server = await DiscordVoiceServer.start(certificate, { endToEnd });
parentPort?.postMessage(server.endpoint);
parentPort?.on("message", () => {
  const packets = server.sessions.flatMap((session) => session.packets);
  parentPort?.postMessage({
    sessions: server.sessions.length,
    founded: server.sessions.filter(({ call }) => call?.isFounded).length,
    packets: packets.length,
    decrypted: packets.filter(({ opus }) => opus).length,
  });
});
