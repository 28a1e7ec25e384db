import { combineFilterPresets, filterPresets, isFilterPreset } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { quote } from "../sanitize.ts";
import { affectsAll, affectsNothing, type Command, parseNumber } from "./command.ts";

const names = Object.keys(filterPresets);
const choices = `${names.join(", ")} or off`;

/** Commands that change the audio. */
export const audioCommands: readonly Command[] = [
  {
    name: "volume",
    aliases: ["vol"],
    usage: "[percent]",
    help: "shows or sets the volume; 100 is the original level",
    affects: (context) => (context.argument === "" ? affectsNothing() : affectsAll(context)),
    run: (context) => {
      const { player } = context.requirePlayer();
      const { argument, settings } = context;
      if (argument === "") return `The volume is ${Math.round(100 * player.volume)}%.`;
      const text = argument.replace(/\s*%$/, "");
      const percent = text === "0" ? 0 : parseNumber(text, "a volume", settings.maxVolume);
      player.setVolume(percent / 100);
      return `Volume set to ${percent}%.`;
    },
  },
  {
    name: "filter",
    aliases: ["filters"],
    usage: "[name …]",
    help: `shows or sets the audio filters: ${choices}`,
    details: ({ prefix }) => {
      const presets = Object.entries(filterPresets);
      const list = presets.map(([name, { description }]) => `\`${name}\`: ${description}`);
      return `${list.join("\n")}\nFilters can be combined: \`${prefix}filter nightcore bassboost\``;
    },
    affects: (context) => (context.argument === "" ? affectsNothing() : affectsAll(context)),
    run: (context) => {
      const { player } = context.requirePlayer();
      const given = context.argument
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean);
      if (given.length === 0) {
        const active = Object.keys(player.filters);
        const status =
          active.length === 0 ? "No filters are active." : `Active filters: ${active.join(", ")}.`;
        return `${status} Choose from ${choices}.`;
      }
      const isOff = given.length === 1 && given[0] === "off";
      const unknown = isOff ? undefined : given.find((name) => !isFilterPreset(name));
      if (unknown !== undefined) {
        throw new UserError(`There's no filter ${quote(unknown, 30)}. Choose from ${choices}.`);
      }
      player.setFilters(isOff ? {} : combineFilterPresets(given));
      return isOff
        ? "All filters are off."
        : `Filters set to ${given.join(", ")}. You'll hear the change in a few seconds.`;
    },
  },
];
