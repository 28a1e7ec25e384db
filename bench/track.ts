// npm run bench -- track: compares the track codec with another one in the same run.

import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { decode, encode } from "@lavalink/encoding";
import { Bench } from "tinybench";

// Version 2, which both codecs can write: ASCII text, non-ASCII text, and a source with details.
const plain = encodeTrack({
  info: {
    title: "A title of the usual length - Official Video",
    author: "An artist",
    duration: 212,
    identifier: "aaaaaaaaaaa",
    uri: "https://www.youtube.com/watch?v=aaaaaaaaaaa",
  },
  source: "youtube",
});
const japanese = encodeTrack({
  info: {
    title: "長いタイトルの曲 - 公式ミュージックビデオ",
    author: "誰か",
    duration: 212,
    identifier: "bbbbbbbbbbb",
    uri: "https://www.youtube.com/watch?v=bbbbbbbbbbb",
  },
  source: "youtube",
});
const http = encodeTrack({
  info: {
    title: "Radio",
    author: "Unknown artist",
    identifier: "https://radio.example/live.mp3",
    isStream: true,
    uri: "https://radio.example/live.mp3",
  },
  source: { name: "http", probe: { name: "mp3", parameters: null } },
});

const bench = new Bench({ time: 500, warmupTime: 200 });
for (const [name, encoded] of Object.entries({ plain, japanese, http })) {
  const ours = decodeTrack(encoded);
  const theirs = decode(encoded);
  if (encodeTrack(ours) !== encode(theirs)) throw new Error(`the codecs differ for ${name}`);
  bench.add(`decode ${name}, ours`, () => decodeTrack(encoded));
  bench.add(`decode ${name}, @lavalink/encoding`, () => decode(encoded));
  bench.add(`encode ${name}, ours`, () => encodeTrack(ours));
  bench.add(`encode ${name}, @lavalink/encoding`, () => encode(theirs));
}
await bench.run();

const perSecond = (name: string): number => {
  const result = bench.getTask(name)?.result;
  return result && "throughput" in result ? result.throughput.mean : Number.NaN;
};
for (let index = 0; index < bench.tasks.length; index += 2) {
  const [ours, theirs] = bench.tasks.slice(index, index + 2).map(({ name }) => name);
  if (ours === undefined || theirs === undefined) break;
  const [mine, other] = [perSecond(ours), perSecond(theirs)];
  console.log(
    `${ours.replace(", ours", "").padEnd(16)} ${Math.round(mine).toLocaleString("en").padStart(12)}/s`,
    `versus ${Math.round(other).toLocaleString("en").padStart(9)}/s: ${(mine / other).toFixed(1)} times`,
  );
}
