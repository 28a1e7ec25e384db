import { Command } from "commander";
import { runAdminCommand } from "./run-admin-command.ts";

/** Creates `asterite admin rotate-bus-key`. */
export function rotateBusKeyCommand(): Command {
  return new Command("rotate-bus-key")
    .description(
      "replace the key that authenticates messages between processes; the old one ends in 10 seconds",
    )
    .action((_options: unknown, self: Command) =>
      runAdminCommand(self, async (session) => {
        const { number } = await session.request({ command: "rotate_bus_key" });
        session.printResult(`The processes are moving to bus key ${number}`, { number });
      }),
    );
}
