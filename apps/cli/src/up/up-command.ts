import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { reachableHosts } from "../banner.ts";
import { ConfigError } from "../config-file.ts";
import { runsFromSource } from "../package-paths.ts";
import { declare, gather } from "../settings.ts";
import { untilAskedToStop } from "../shutdown.ts";
import { type LogLine, Part, type PartEvents, type PartOptions } from "./child-service.ts";
import { tellLine, welcome } from "./console-output.ts";
import { type Household, prepare } from "./prepare-installation.ts";
import { type UpValues, upSettings } from "./up-settings.ts";

/** The name of the bot's account. */
const botName = "dj";

/** A port of the loopback that nobody uses now. */
async function freePort(): Promise<number> {
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => done(typeof address === "object" && address ? address.port : 0));
  });
  return await promise;
}

interface Plan {
  readonly node: PartOptions;
  readonly server: PartOptions;
  readonly bot: (plainPort: number) => PartOptions;
}

async function plan(values: UpValues, household: Household): Promise<Plan> {
  const nodePort = await freePort();
  const nodeUrl = `http://127.0.0.1:${nodePort}`;
  const nodePassword = randomBytes(24).toString("base64url");
  // What is not shown need not be written either.
  const level = ["--log-level", values.logLevel];
  const { administrator } = household;
  return {
    node: {
      name: "audio node",
      args: [
        "node",
        "--host",
        "127.0.0.1",
        "--port",
        String(nodePort),
        "--music",
        resolve(values.music),
        ...level,
      ],
      env: { ASTERITE_NODE_PASSWORD: nodePassword },
    },
    server: {
      name: "chat server",
      args: [
        ...["server", "--host", values.host, "--port", String(values.port), "--data", values.data],
        ...["--web", "true", "--plain-port", String(values.webPort), "--listen-from", nodeUrl, ...level],
        ...(values.name === undefined ? [] : ["--name", values.name]),
      ],
      env: administrator
        ? { ASTERITE_ADMIN_USER: JSON.stringify([administrator.name, administrator.password]) }
        : {},
    },
    bot: (plainPort) => ({
      name: "music bot",
      args: [
        ...["dj", "--server", `127.0.0.1:${plainPort}`, "--insecure-plaintext", "--user", botName],
        ...["--node", nodeUrl, "--data", join(values.data, "dj"), ...level],
      ],
      env: { ASTERITE_DJ_PASSWORD: household.botPassword, ASTERITE_DJ_NODE_PASSWORD: nodePassword },
    }),
  };
}

/** The page has to be built where this runs from source; a package brings it along. */
async function buildPage(forPerson: boolean): Promise<void> {
  if (!runsFromSource) return;
  if (forPerson) process.stdout.write("Building the web client, which takes some seconds the first time …\n");
  const { buildWebClient } = await import("@asterite/web/build");
  await buildWebClient();
}

async function run(command: Command): Promise<void> {
  const values = gather(command, upSettings);
  const forPerson = process.stdout.isTTY === true;
  const tell = (text: string): void => void process.stdout.write(`${text}\n`);
  const household = await prepare(values.data, values.music);
  await buildPage(forPerson);
  const parts: Part[] = [];
  const asked = untilAskedToStop();
  const start = async (options: PartOptions): Promise<LogLine> => {
    const said: string[] = [];
    const events: PartEvents = {
      log(line) {
        if (!forPerson) return tell(JSON.stringify({ part: options.name, ...line }));
        const text = line["msg"] === "ready" ? null : tellLine(options.name, line, values.logLevel);
        if (text !== null) tell(text);
      },
      said(text) {
        said.push(text);
        process.stderr.write(`${text}\n`);
      },
      restarting: (name, how, delayMs) =>
        tell(`  The ${name} ended ${how}; it is started again in ${Math.round(delayMs / 1_000)} s.`),
    };
    const part = new Part(options, events);
    parts.push(part);
    const ready = await part.start();
    if (!ready)
      throw new ConfigError(
        said.length > 0 ? `The ${options.name} did not start` : `The ${options.name} ended at once`,
      );
    return ready;
  };
  const stop = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.stop();
  };
  try {
    const { node, server, bot } = await plan(values, household);
    const [ready] = await Promise.all([start(server), start(node)]);
    const { host, port, plainPort, fingerprint256 } = ready;
    await start(bot(Number(plainPort)));
    const places = {
      ...{ plainPort: Number(plainPort), host: String(host), port: Number(port), music: values.music },
      ...{ hosts: reachableHosts(String(host)), fingerprint256: String(fingerprint256), data: values.data },
    };
    if (forPerson) process.stdout.write(welcome(packageJson.version, places, household));
    else
      tell(
        JSON.stringify({
          level: 30,
          service: "asterite",
          ...places,
          administrator: household.administrator,
          msg: "ready",
        }),
      );
    await asked;
    if (forPerson) tell("  Stopping …");
  } finally {
    await stop();
  }
}

/** `asterite up`: everything together. */
export function upCommand(): Command {
  const command = new Command("up")
    .description("Run everything: chat server, web client, audio node and music bot.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nThe first start makes an administrator and shows the password once, and puts two pieces of music into the" +
        "\nmusic folder. Each part can also run alone: asterite server, asterite node, asterite dj. A part that crashes" +
        "\nis started again." +
        "\nA flag wins over its environment variable, that over the configuration file, that over the default.",
    );
  return declare(command, upSettings).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      self.error(`asterite up: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
