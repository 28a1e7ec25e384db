import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { reachableHosts } from "../banner.ts";
import { ConfigError } from "../config-file.ts";
import { createLineOutput } from "../logging.ts";
import { runsFromSource } from "../package-paths.ts";
import { registerOptions, resolveOptions } from "../settings.ts";
import { waitForShutdown } from "../shutdown.ts";
import {
  ChildService,
  type ChildServiceListener,
  type ChildServiceOptions,
  type LogLine,
} from "./child-service.ts";
import { formatLogLine, formatReadyBanner } from "./console-output.ts";
import { ensureAccounts, type InstallationState, prepareInstallation } from "./prepare-installation.ts";
import { findPasswordFile, setupLink, writeSetupLinks } from "./setup-links.ts";
import { type UpValues, upSettings } from "./up-settings.ts";

/** Account name of the bot. */
const botName = "dj";

/** Returns a free loopback port. */
async function findFreePort(): Promise<number> {
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => done(typeof address === "object" && address ? address.port : 0));
  });
  return await promise;
}

interface ServicePlan {
  readonly node: ChildServiceOptions;
  readonly server: ChildServiceOptions;
  readonly bot: (plainPort: number) => ChildServiceOptions;
}

async function planServices(values: UpValues, state: InstallationState): Promise<ServicePlan> {
  const nodePort = await findFreePort();
  const nodeUrl = `http://127.0.0.1:${nodePort}`;
  const nodePassword = randomBytes(24).toString("base64url");
  // The services need not log lines that are not displayed.
  const level = ["--log-level", values.logLevel];
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
        // Public addresses only: the node opens private ones by another setting.
        "--set",
        "andesite.source.http=true",
        ...level,
      ],
      env: { ASTERITE_NODE_PASSWORD: nodePassword },
    },
    server: {
      name: "chat server",
      args: [
        "server",
        "--host",
        values.host,
        "--port",
        String(values.port),
        "--data",
        values.data,
        "--web",
        "true",
        "--plain-port",
        String(values.webPort),
        "--listen-from",
        nodeUrl,
        "--registration",
        values.registration,
        ...level,
        ...(values.name === undefined ? [] : ["--name", values.name]),
        ...(values.apiVersion === undefined ? [] : ["--api-version", values.apiVersion.join(".")]),
      ],
      env: {},
    },
    bot: (plainPort) => ({
      name: "music bot",
      args: [
        "dj",
        "--server",
        `127.0.0.1:${plainPort}`,
        "--insecure-plaintext",
        "--user",
        botName,
        "--node",
        nodeUrl,
        "--data",
        join(values.data, "dj"),
        ...level,
      ],
      env: { ASTERITE_DJ_PASSWORD: state.botPassword, ASTERITE_DJ_NODE_PASSWORD: nodePassword },
    }),
  };
}

/** Builds the web client when running from source; a package contains it. */
async function buildWebClientFromSource(isTerminal: boolean): Promise<void> {
  if (!runsFromSource) return;
  const { buildWebClient } = await import("@asterite/web/build");
  await buildWebClient(() => {
    if (isTerminal) process.stdout.write("Building the web client …\n");
  });
}

async function run(command: Command): Promise<void> {
  const values = resolveOptions(command, upSettings);
  const isTerminal = process.stdout.isTTY === true;
  const output = createLineOutput((lines) =>
    printLine(JSON.stringify({ level: 40, service: "asterite", lines, msg: "log lines lost" })),
  );
  const printLine = (text: string): void => {
    if (isTerminal) process.stdout.write(`${text}\n`);
    else output.write(`${text}\n`);
  };
  const state = await prepareInstallation(values.data, values.music);
  await buildWebClientFromSource(isTerminal);
  // Until here there is nothing to stop: a signal ends the process.
  const shutdown = waitForShutdown();
  const services: ChildService[] = [];
  let isStopping = false;
  // A second Ctrl-C exits at once.
  process.once("exit", () => {
    for (const service of services) service.kill();
  });
  const start = async (options: ChildServiceOptions): Promise<LogLine> => {
    if (isStopping) throw new ConfigError("interrupted during start-up");
    const stderrLines: string[] = [];
    const listener: ChildServiceListener = {
      onLogLine(line) {
        if (!isTerminal) return printLine(JSON.stringify({ part: options.name, ...line }));
        const text = line["msg"] === "ready" ? null : formatLogLine(options.name, line, values.logLevel);
        if (text !== null) printLine(text);
      },
      onStderr(text) {
        stderrLines.push(text);
        process.stderr.write(`${text}\n`);
      },
      onRestart: (name, cause, delayMs) =>
        printLine(`  ${name} exited (${cause}); restarting in ${Math.round(delayMs / 1_000)} s`),
    };
    const service = new ChildService(options, listener);
    services.push(service);
    const ready = await service.start();
    if (!ready)
      throw new ConfigError(
        stderrLines.length > 0
          ? `the ${options.name} failed to start`
          : `the ${options.name} exited during start-up`,
      );
    return ready;
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const service of services.toReversed()) await service.stop();
  };
  const startAll = async (): Promise<void> => {
    const { node, server, bot } = await planServices(values, state);
    const [ready] = await Promise.all([start(server), start(node)]);
    const { host, port, plainPort, fingerprint256 } = ready;
    const setupCode = await ensureAccounts(values.data, state, botName);
    await start(bot(Number(plainPort)));
    const endpoints = {
      plainPort: Number(plainPort),
      host: String(host),
      port: Number(port),
      music: values.music,
      hosts: reachableHosts(String(host)),
      fingerprint256: String(fingerprint256),
      data: values.data,
      registration: values.registration,
    };
    const passwordFile = await findPasswordFile(values.data, setupCode === undefined);
    // A log may be kept and read by others: it names the file, not the links.
    const addresses = [
      `http://localhost:${endpoints.plainPort}`,
      ...endpoints.hosts.map((each) => `https://${each}:${endpoints.port}`),
    ];
    const links =
      setupCode === undefined || isTerminal ? [] : addresses.map((address) => setupLink(address, setupCode));
    const setupLinkFile = await writeSetupLinks(values.data, links);
    if (isTerminal) {
      const { musicEntries } = state;
      process.stdout.write(
        formatReadyBanner(packageJson.version, endpoints, { setupCode, passwordFile, musicEntries }),
      );
    } else {
      const files = { setupLinkFile: setupLinkFile ?? null, passwordFile: passwordFile ?? null };
      printLine(JSON.stringify({ level: 30, service: "asterite", ...endpoints, ...files, msg: "ready" }));
    }
  };
  try {
    const isInterrupted = await Promise.race([startAll().then(() => false), shutdown.then(() => true)]);
    if (!isInterrupted) await shutdown;
    if (isTerminal) printLine("  Stopping …");
  } finally {
    await stop();
  }
}

/** Creates `asterite up`, which runs all services. */
export function upCommand(): Command {
  const command = new Command("up")
    .description("Run everything: chat server, web client, audio node and music bot.")
    .helpOption("-h, --help", "print this help")
    .addHelpText(
      "after",
      "\nUntil there is an administrator, each start prints a link that creates one (without a terminal, into the file" +
        "\nsetup-link in the data folder). The first start copies two sample tracks to the music folder. A service that" +
        "\ncrashes is restarted. Each service can also run on its own: asterite server, asterite node, asterite dj." +
        "\nPrecedence: flag, environment variable, configuration file, default.",
    );
  return registerOptions(command, upSettings).action(async (_options: unknown, self: Command) => {
    try {
      await run(self);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      self.error(`asterite up: ${error.message}`, { exitCode: 1, code: error.name });
    }
  });
}
