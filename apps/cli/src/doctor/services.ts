import { inspectPostgres, redactAddress } from "@asterite/aster-server";
import { probeNats, redactNatsAddresses } from "@asterite/nats";
import { about, type Finding, reasonOf } from "./finding.ts";

const database = about("database");
const nats = about("nats");
const skewMs = 2000;
const slowMs = 20;

/** Looks at a database of PostgreSQL without changing anything. */
export async function checkPostgres(address: string): Promise<Finding[]> {
  const shown = redactAddress(address);
  try {
    const found = await inspectPostgres(address);
    const [ahead] = found.unknownMigrations;
    const text = `${shown}, PostgreSQL ${found.version}, answers within ${found.roundTripMs.toFixed(1)} ms`;
    if (ahead !== undefined) {
      return [
        database.problem(`${shown}: newer than this server knows (${ahead})`, "Install a newer asterite."),
      ];
    }
    if (!found.isPrepared && !found.canCreateTables) {
      const advice = "Make its account the owner of the database: alter database NAME owner to ACCOUNT.";
      return [database.problem(`${shown}: the account may make no tables`, advice)];
    }
    const findings = [
      database.ok(found.isPrepared ? text : `${text}; its tables are made on the first start`),
    ];
    if (found.roundTripMs > slowMs) {
      const advice = "Every message waits for it: run it close to the servers.";
      findings.push(database.warning(`slow: ${Math.round(found.roundTripMs)} ms for one question`, advice));
    }
    if (Math.abs(found.clockOffsetMs) > skewMs) {
      const seconds = (found.clockOffsetMs / 1000).toFixed(0);
      const advice = "The servers go by the database's clock; look which of the two is wrong.";
      findings.push(about("clock").warning(`the database's differs by ${seconds} s`, advice));
    }
    return findings;
  } catch (error) {
    const advice = "Start PostgreSQL, or mend the address, the account or its password.";
    return [database.problem(`${shown}: ${reasonOf(error)}`, advice)];
  }
}

/** Looks whether NATS can be used; the consequence says what is missing without it. */
export async function checkNats(addresses: string, consequence: string): Promise<Finding> {
  try {
    return nats.ok(`${redactNatsAddresses(addresses)}, version ${await probeNats(addresses)}`);
  } catch (error) {
    return nats.problem(
      `${redactNatsAddresses(addresses)}: ${reasonOf(error)}`,
      `Start it or mend the address; without it ${consequence}.`,
    );
  }
}

/** What a single server on PostgreSQL does without. */
export const withoutNats: Finding = nats.warning(
  "not given",
  "Several servers of one database need it; give --nats unless this is the only one.",
);
