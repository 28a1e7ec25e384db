// npm run setup:services: installs the Debian packages that the tests need and npm does not have.
// Plain JavaScript without dependencies, because it runs on the Node of the user.

import { spawnSync } from "node:child_process";

const needed = ["chromium", "postgresql", "nats-server", "haproxy"];

const run = (program, args) =>
  spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 64 * 1024 * 1024,
  });

const isInstalled = (name) => {
  const { status, stdout } = run("dpkg-query", ["--status", name]);
  return status === 0 && stdout.includes("Status: install ok installed");
};

const isRoot = typeof process.getuid === "function" && process.getuid() === 0;
const missing = needed.filter((name) => !isInstalled(name));

/** Prints instructions for the user; in CI they are an error. */
const leaveToUser = (reason) => {
  process.stderr.write(`${reason} Install these packages by hand: ${missing.join(", ")}.\n`);
  process.exit(process.env.CI === "true" ? 1 : 0);
};

const aptGet = (...args) => {
  const result = run("apt-get", args);
  if (result.status === 0) return;
  process.stderr.write(`apt-get ${args.join(" ")} failed:\n${result.stdout ?? ""}${result.stderr ?? ""}`);
  process.exit(1);
};

if (missing.length > 0) {
  if (run("apt-get", ["--version"]).error) leaveToUser("apt-get is not available.");
  if (!isRoot) leaveToUser("Installing packages requires root.");
  process.stderr.write(`Installing ${missing.join(", ")} …\n`);
  // Wait for the lock of another installation.
  const lockTimeout = ["-o", "DPkg::Lock::Timeout=120"];
  aptGet(...lockTimeout, "update");
  aptGet(...lockTimeout, "install", "-y", "--no-install-recommends", ...missing);
}
