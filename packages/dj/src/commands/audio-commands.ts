import { arg, type Bot, quote, UserError } from "@asterite/commands";
import { combineFilterPresets, filterPresets, isFilterPreset } from "@asterite/queue";
import type { DjSettings } from "../options.ts";
import type { DjContext } from "./channel-music.ts";

const choices = `${Object.keys(filterPresets).join(", ")} or off`;

/** Argument: names of filters; no name stands for the word `off`. */
const filterNames = arg.custom<readonly string[]>({
  allowed: choices,
  takesRest: true,
  parse: (text) => {
    const names = text
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean);
    if (names.length === 1 && names[0] === "off") return [];
    const unknown = names.find((name) => !isFilterPreset(name));
    if (unknown !== undefined) {
      throw new UserError(`There's no filter ${quote(unknown, 30)}. Choose from ${choices}.`);
    }
    return names.length === 0 ? undefined : names;
  },
});

/** Adds the commands that change the audio. */
export function addAudioCommands(bot: Bot<DjContext>, { prefix, maxVolume }: DjSettings): void {
  const percentage = arg.custom<number>({
    allowed: `a volume from 1 to ${maxVolume}`,
    takesRest: true,
    parse: (text) => {
      const [, digits] = /^(\d{1,9})\s*%?$/.exec(text) ?? [];
      return digits !== undefined && Number(digits) <= maxVolume ? Number(digits) : undefined;
    },
  });
  const presets = Object.entries(filterPresets);
  const presetList = presets.map(([name, { description }]) => `\`${name}\`: ${description}`).join("\n");

  bot.command("volume", {
    aliases: ["vol"],
    description: "shows or sets the volume; 100 is the original level",
    args: { percent: percentage.optional() },
    check: ({ music }, { percent }) => percent === undefined || music.checkAccess(music.entries),
    run: ({ music: { player } }, { percent }) => {
      if (percent === undefined) return `The volume is ${Math.round(100 * player.volume)}%.`;
      player.setVolume(percent / 100);
      return `Volume set to ${percent}%.`;
    },
  });
  bot.command("filter", {
    aliases: ["filters"],
    description: `shows or sets the audio filters: ${choices}`,
    details: `${presetList}\nFilters can be combined: \`${prefix}filter nightcore bassboost\``,
    args: { names: filterNames.optional() },
    check: ({ music }, { names }) => names === undefined || music.checkAccess(music.entries),
    run: ({ music: { player } }, { names }) => {
      if (names === undefined) {
        const active = Object.keys(player.filters);
        const status =
          active.length === 0 ? "No filters are active." : `Active filters: ${active.join(", ")}.`;
        return `${status} Choose from ${choices}.`;
      }
      player.setFilters(combineFilterPresets(names));
      return names.length === 0
        ? "All filters are off."
        : `Filters set to ${names.join(", ")}. You'll hear the change in a few seconds.`;
    },
  });
}
