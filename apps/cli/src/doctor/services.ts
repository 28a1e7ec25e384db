import { inspectPostgres, redactAddress } from "@asterite/aster-server";
import { probeNats, redactNatsAddresses } from "@asterite/nats";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const database = findingsFor("database");
const nats = findingsFor("nats");
const maxClockSkewMs = 2000;
const slowRoundTripMs = 20;

/** Checks a PostgreSQL database without changing it. */
export async function checkPostgres(address: string): Promise<Finding[]> {
  const shown = redactAddress(address);
  try {
    const found = await inspectPostgres(address);
    const [ahead] = found.unknownMigrations;
    const text = `${shown}, PostgreSQL ${found.version}, round trip ${found.roundTripMs.toFixed(1)} ms`;
    if (ahead !== undefined) {
      return [
        database.problem(
          `${shown}: newer than this version supports (${ahead})`,
          "Install a newer asterite.",
        ),
      ];
    }
    if (!found.isPrepared && !found.canCreateTables) {
      const advice = "Make the account the owner of the database: alter database NAME owner to ACCOUNT.";
      return [database.problem(`${shown}: the account lacks permission to create tables`, advice)];
    }
    const findings = [
      database.ok(found.isPrepared ? text : `${text}; tables will be created on first start`),
    ];
    if (found.roundTripMs > slowRoundTripMs) {
      const advice = "It delays every message: run it close to the servers.";
      findings.push(database.warning(`slow: round trip ${Math.round(found.roundTripMs)} ms`, advice));
    }
    if (Math.abs(found.clockOffsetMs) > maxClockSkewMs) {
      const seconds = (found.clockOffsetMs / 1000).toFixed(0);
      const advice = "Servers use the database's clock; check both clocks.";
      findings.push(findingsFor("clock").warning(`differs from the database's by ${seconds} s`, advice));
    }
    return findings;
  } catch (error) {
    const advice = "Start PostgreSQL, or fix the URL, account or password.";
    return [database.problem(`${shown}: ${reasonOf(error)}`, advice)];
  }
}

/** Checks whether NATS is reachable. `consequence` describes what does not work without it. */
export async function checkNats(addresses: string, consequence: string): Promise<Finding> {
  try {
    return nats.ok(`${redactNatsAddresses(addresses)}, version ${await probeNats(addresses)}`);
  } catch (error) {
    return nats.problem(
      `${redactNatsAddresses(addresses)}: ${reasonOf(error)}`,
      `Start it, or fix the address; without it ${consequence}.`,
    );
  }
}

/** Warning for a server on PostgreSQL without NATS. */
export const natsMissing: Finding = nats.warning(
  "not configured",
  "Several servers on one database need it; set --nats unless this is the only one.",
);
