// The NATS configurations of deploy/cluster, with a real NATS server.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { announcementSubject } from "@asterite/andesite-protocol/announcement";
import { NatsLink, probeNats } from "@asterite/nats";
import { createAuthority, NatsServer } from "@asterite/testkit";
import { type Logger, silentLogger } from "@asterite/util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { clusterMissing, logIn, type Services, startMember, startServices } from "../support/cluster.ts";
import { ask } from "../support/server.ts";

const deploy = fileURLToPath(new URL("../../deploy/cluster/", import.meta.url));
const passwords = { chat: "chatSecret1", node: "nodeSecret1", bot: "botSecret1" } as const;
type Role = keyof typeof passwords;
const env = {
  NATS_CHAT_PASSWORD: passwords.chat,
  NATS_NODE_PASSWORD: passwords.node,
  NATS_BOT_PASSWORD: passwords.bot,
};

const start = async (file: string): Promise<NatsServer> => {
  const server = await NatsServer.start({ args: ["-c", file], env });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

const startPlain = (): Promise<NatsServer> => start(join(deploy, "nats.conf"));

interface Link {
  readonly link: NatsLink;
  readonly received: string[];
  readonly warnings: string[];
}

function open(addresses: string): Link {
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: ({ reason }: { reason?: string }, message: string) => void warnings.push(`${message}: ${reason}`),
  };
  const link = new NatsLink({ addresses, logger });
  onTestFinished(() => link.close());
  return { link, received: [], warnings };
}

const addressFor = ({ port }: NatsServer, role: Role): string =>
  `nats://${role}:${passwords[role]}@127.0.0.1:${port}`;

function listen({ link, received }: Link, subject: string): void {
  link.subscribe(subject, (message, from) => void received.push(`${from} ${Buffer.from(message)}`));
}

describe.skipIf(clusterMissing)("NATS of a cluster", { timeout: 60_000 }, () => {
  it("refuses wrong, missing and unknown credentials in words", async () => {
    const nats = await startPlain();
    for (const user of ["", "chat:wrong@", "other:chatSecret1@", "chatSecret1@"]) {
      const { link, warnings } = open(`nats://${user}127.0.0.1:${nats.port}`);
      await expect
        .poll(() => warnings)
        .toEqual(["connection to NATS failed: retrying: NATS refuses the credentials, or requires some"]);
      expect(link.isConnected).toBe(false);
      expect(JSON.stringify(warnings)).not.toContain("Secret");
    }
  });

  it("lets each role use its subjects only, and reports the others", async () => {
    const nats = await startPlain();
    const [chat, other, node, bot] = [
      open(addressFor(nats, "chat")),
      open(addressFor(nats, "chat")),
      open(addressFor(nats, "node")),
      open(addressFor(nats, "bot")),
    ];
    const all = [chat, other, node, bot];
    for (const one of all) {
      listen(one, "asterite.chat.*.*");
      listen(one, announcementSubject);
    }
    await expect.poll(() => all.map(({ link }) => link.isConnected)).toEqual([true, true, true, true]);
    for (const [name, { link }] of Object.entries({ chat, node, bot })) {
      link.publish("asterite.chat.id.commits", Buffer.from(`by ${name}`));
      link.publish(announcementSubject, Buffer.from(`by ${name}`));
      link.publish("other", Buffer.from(`by ${name}`));
    }
    await expect
      .poll(() => [other.received, bot.received])
      .toEqual([["asterite.chat.id.commits by chat"], [`${announcementSubject} by node`]]);
    const refused = (operation: string, subject: string) =>
      `NATS refused an operation: ${operation} to ${subject}, which the role of these credentials does not include`;
    const sort = (texts: readonly string[]) => texts.toSorted();
    await expect
      .poll(() => sort(chat.warnings))
      .toEqual(
        sort([
          refused("subscription", announcementSubject),
          refused("publish", announcementSubject),
          refused("publish", "other"),
        ]),
      );
    await expect
      .poll(() => sort(node.warnings))
      .toEqual(
        sort([
          refused("subscription", announcementSubject),
          refused("subscription", "asterite.chat.*.*"),
          refused("publish", "asterite.chat.id.commits"),
          refused("publish", "other"),
        ]),
      );
    await expect
      .poll(() => sort(bot.warnings))
      .toEqual(
        sort([
          refused("subscription", "asterite.chat.*.*"),
          refused("publish", "asterite.chat.id.commits"),
          refused("publish", announcementSubject),
          refused("publish", "other"),
        ]),
      );
    expect([chat.received, node.received]).toEqual([[], []]);
  });

  describe("with TLS", () => {
    let services: Services;
    beforeAll(async () => {
      services = await startServices();
    }, 60_000);
    afterAll(() => services.stop());

    /** Starts NATS with the configuration for TLS and the certificates of an authority of its own. */
    async function startTls() {
      const folder = await temporaryFolder();
      const authority = await createAuthority();
      const [server, client] = [await authority.issue(), await authority.issue()];
      const stranger = await (await createAuthority()).issue();
      const files = {
        "nats-ca.pem": authority.ca,
        "nats.pem": server.cert,
        "nats-key.pem": server.key,
        "client.pem": client.cert,
        "client-key.pem": client.key,
        "stranger.pem": stranger.cert,
        "stranger-key.pem": stranger.key,
        credentials: `chat:${passwords.chat}\n`,
        "nats.conf": await readFile(join(deploy, "nats.conf"), "utf8"),
        "nats-tls.conf": (await readFile(join(deploy, "nats-tls.conf"), "utf8")).replaceAll(
          "/tls/",
          `${folder}/`,
        ),
      };
      for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
      const nats = await start(join(folder, "nats-tls.conf"));
      const address = (parameters: Record<string, string>) =>
        `tls://localhost:${nats.port}?${Object.entries(parameters)
          .map(([name, file]) => `${name}=${join(folder, file)}`)
          .join("&")}`;
      return { nats, address, folder };
    }

    const complete = {
      ca: "nats-ca.pem",
      cert: "client.pem",
      key: "client-key.pem",
      credentials: "credentials",
    };

    it("connects with files, and refuses what is wrong in words", async () => {
      const { nats, address } = await startTls();
      expect(await probeNats(address(complete))).toMatch(/^2\./);
      const { ca, cert, key, credentials } = complete;
      const attempts = {
        "is not trusted": address({ cert, key, credentials }),
        "may require a client certificate": address({ ca, credentials }),
        "that it trusts": address({ ca, cert: "stranger.pem", key: "stranger-key.pem", credentials }),
        "refuses the credentials": address({ ca, cert, key }),
        "ENOENT: no such file": address({ ca, cert, key, credentials: "none" }),
        "none.pem doesn't exist": address({ ca: "none.pem", cert, key, credentials }),
      };
      for (const [words, addresses] of Object.entries(attempts)) {
        const { link, warnings } = open(addresses);
        await expect.poll(() => warnings).toEqual([expect.stringContaining(words)]);
        await link.close();
      }
      const { warnings } = open((await startPlain()).url.replace("nats://", "tls://"));
      await expect.poll(() => warnings).toEqual([expect.stringContaining("NATS offers no TLS")]);
      expect(nats.url).toBeDefined();
    });

    it("connects the processes of a cluster", async () => {
      const { address } = await startTls();
      const database = services.postgres.createDatabase();
      const [near, far] = [
        await startMember({ database, nats: address(complete) }),
        await startMember({ database, nats: address(complete) }),
      ];
      const ann = await logIn(near, "ann");
      await logIn(far, "bob");
      const online = async () => ((await ask(ann, "online")).reply["data"] as unknown[]).length;
      await expect.poll(online).toBe(2);
      for (const { process } of [near, far]) {
        expect(process.jsonLines().some(({ msg }) => msg === "connected to NATS")).toBe(true);
      }
    });
  });
});
