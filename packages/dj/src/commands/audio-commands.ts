import { UserError } from "../errors.ts";
import { affectsAll, affectsNothing, type Command, readNumber, roomOf } from "./command.ts";
import { presets } from "./presets.ts";

const names = [...presets.keys()];

/** What changes how everything sounds. */
export const soundCommands: readonly Command[] = [
  {
    name: "volume",
    aliases: ["vol"],
    usage: "[percent]",
    help: "tells or changes the volume; 100 is as recorded",
    affects: (call) => (call.argument === "" ? affectsNothing() : affectsAll(call)),
    run: (call) => {
      const { player } = roomOf(call);
      const { argument, settings } = call;
      if (argument === "") return `The volume is ${Math.round(100 * player.volume)} %.`;
      const text = argument.replace(/\s*%$/, "");
      const percent = text === "0" ? 0 : readNumber(text, "the volume in percent", settings.maxVolume);
      player.setVolume(percent / 100);
      return `The volume is ${percent} % now.`;
    },
  },
  {
    name: "filter",
    aliases: ["filters"],
    usage: "[name …, or off]",
    help: `changes the sound: ${names.join(", ")}, or off`,
    more: ({ prefix }) => {
      const list = [...presets].map(([name, { help }]) => `\`${name}\`: ${help}`);
      return `${list.join("\n")}\nSeveral at once: \`${prefix}filter nightcore bassboost\``;
    },
    affects: (call) => (call.argument === "" ? affectsNothing() : affectsAll(call)),
    run: (call) => {
      const { player } = roomOf(call);
      const wanted = call.argument
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean);
      if (wanted.length === 0) {
        const on = Object.keys(player.filters);
        return `${on.length === 0 ? "No filter is on." : `On: ${on.join(", ")}.`} There are: ${names.join(", ")}, off.`;
      }
      const isOff = wanted.length === 1 && wanted[0] === "off";
      const chosen = isOff ? [] : wanted.map((name) => presets.get(name));
      if (chosen.includes(undefined)) throw new UserError(`I have these: ${names.join(", ")}, and off.`);
      player.setFilters(Object.assign({}, ...chosen.map((preset) => preset?.filters)));
      return isOff
        ? "All filters are off."
        : `Filter: ${wanted.join(", ")}. It can be heard in a few seconds.`;
    },
  },
];
