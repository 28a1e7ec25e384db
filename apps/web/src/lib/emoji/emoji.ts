/** Emoji with its search keywords; the first one is its name. */
export interface UnicodeEmoji {
  readonly character: string;
  readonly words: string;
}

const table = `
😀 grin smile happy|😄 laugh smile happy|😂 joy tears laugh|🤣 rofl laugh|😊 blush smile|🙂 slight smile|🙃 upside down|😉 wink|😍 heart eyes love|😘 kiss|😋 yum tasty|😜 tongue wink|🤪 zany|🤨 doubt eyebrow|🧐 monocle|🤓 nerd|😎 cool sunglasses|🥳 party celebrate|😏 smirk|😒 unamused|😔 sad pensive|😟 worried|😕 confused|🙁 frown|😣 persevere|😖 confounded|😫 tired|🥺 please puppy|😢 cry sad|😭 sob cry|😤 huff|😠 angry|😡 rage angry|🤬 swear|🤯 mind blown|😳 flushed|🥵 hot|🥶 cold|😱 scream|😨 fear|😰 anxious|😥 relieved sad|🤗 hug|🤔 think|🤭 giggle|🤫 quiet shush|😶 speechless|😐 neutral|😑 blank|😬 grimace|🙄 eye roll|😯 hushed|😴 sleep|🤤 drool|😵 dizzy|🤐 zip mouth|🤢 sick|🤮 vomit|🤧 sneeze|😷 mask|🤒 ill fever|🤕 hurt|🤠 cowboy|😈 devil|👻 ghost|💀 skull dead|👽 alien|🤖 robot bot|💩 poo|
👍 thumbs up yes good|👎 thumbs down no bad|👌 ok|✌️ peace victory|🤞 fingers crossed luck|🤟 love you|🤘 rock metal|👋 wave hello bye|🖐️ hand|✋ stop hand|👏 clap applause|🙌 hooray hands|🙏 please thanks pray|🤝 handshake deal|💪 strong muscle|🫶 heart hands|👀 eyes look|🧠 brain|🫡 salute|🤷 shrug|🤦 facepalm|
❤️ heart love red|🧡 heart orange|💛 heart yellow|💚 heart green|💙 heart blue|💜 heart purple|🖤 heart black|💔 broken heart|💯 hundred perfect|💥 boom|✨ sparkles|⭐ star|🔥 fire hot|💧 drop|🎉 tada party|🎂 cake birthday|🎁 gift present|🏆 trophy win|🥇 gold medal|⚡ lightning|☀️ sun|🌙 moon|🌈 rainbow|☁️ cloud|❄️ snow|🌊 wave sea|🌸 blossom flower|🌹 rose|🌻 sunflower|🌱 seedling|🌳 tree|🍀 clover luck|
🐶 dog|🐱 cat|🦊 fox|🐻 bear|🐼 panda|🐸 frog|🐵 monkey|🐔 chicken|🐧 penguin|🦉 owl|🐝 bee|🐢 turtle|🐍 snake|🐙 octopus|🐬 dolphin|🦄 unicorn|
🍎 apple|🍌 banana|🍓 strawberry|🍕 pizza|🍔 burger|🍟 fries|🌮 taco|🍣 sushi|🍜 noodles|🍪 cookie|🍫 chocolate|🍿 popcorn|☕ coffee|🍵 tea|🍺 beer|🍷 wine|
⚽ football|🏀 basketball|🎮 game|🎲 dice|🎯 target|🎵 music note|🎶 music notes|🎧 headphones music|🎸 guitar|🎹 piano|🥁 drum|🎤 microphone sing|🎬 film|📷 camera|💻 computer laptop|⌨️ keyboard|📱 phone|🔋 battery|💡 idea bulb|🔧 wrench tool|🔨 hammer|🔒 lock|🔑 key|📌 pin|📎 paperclip|📝 note memo|📚 books|📅 calendar|⏰ alarm clock|⏳ hourglass wait|💰 money|✉️ mail letter|
✅ check done yes|❌ cross no|❓ question|❗ exclamation|⚠️ warning|🚫 forbidden|♻️ recycle|🔔 bell|🚀 rocket|🚗 car|🚲 bike|✈️ plane|🏠 house home|🌍 earth world`;

/** Parses an emoji table. */
export const parseEmojiTable = (text: string): readonly UnicodeEmoji[] =>
  text
    .replaceAll("\n", "")
    .split("|")
    .map((entry) => {
      const space = entry.indexOf(" ");
      return { character: entry.slice(0, space), words: entry.slice(space + 1) };
    });

/** Emoji of the picker with English keywords. */
export const englishEmoji = parseEmojiTable(table);

/** Returns the emoji with a keyword that starts with the query. */
export function findEmoji(list: readonly UnicodeEmoji[], query: string): readonly UnicodeEmoji[] {
  const wanted = query.toLowerCase().trim();
  if (wanted === "") return list;
  return list.filter(({ words }) => words.split(" ").some((word) => word.startsWith(wanted)));
}
