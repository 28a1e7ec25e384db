// npm run bench -- node-dsp [SECONDS OF A RUN]: speed of the node's signal processing on one core in times
// real time, beside
// bare loops with the minimum of work. Stereo at 48 kHz in blocks of 20 ms.

import {
  addToMix,
  blockLength,
  Crossfade,
  FilterChain,
  FilterConfiguration,
  fromInt16,
  Limiter,
  LoudnessMeter,
  Normaliser,
  PlayerVolume,
  Resampler,
  sampleRate,
  toInt16,
} from "@asterite/audio/dsp";

const runSeconds = Number(process.argv[2] ?? 0.2);
const runs = 5;

/** Returns music-like samples: a chord with noise, different on both sides, below full scale. */
const music = (length: number, rate: number, side: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => {
    const chord = [220, 277.2, 329.6, 1760 + side].map((f) => Math.sin((2 * Math.PI * f * at) / rate));
    return 0.15 * chord.reduce((sum, one) => sum + one, 0) + 0.1 * (Math.random() - 0.5);
  });

const source = { left: music(sampleRate, sampleRate, 0), right: music(sampleRate, sampleRate, 7) };
const blocksInSource = sampleRate / blockLength;
const pieces = Array.from({ length: blocksInSource }, (_, block) => ({
  left: source.left.subarray(block * blockLength, (block + 1) * blockLength),
  right: source.right.subarray(block * blockLength, (block + 1) * blockLength),
}));
const left = new Float32Array(blockLength);
const right = new Float32Array(blockLength);
const pcm = new Int16Array(2 * blockLength);
const pcmPieces = pieces.map((piece) => {
  const samples = new Int16Array(2 * blockLength);
  toInt16(piece.left, piece.right, blockLength, samples);
  return samples;
});

type Piece = (typeof pieces)[number];

/**
 * Returns the processor time of this thread in seconds, which excludes the time that other programs had the
 * core.
 */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/**
 * Measures a speed in times real time: the median of several runs.
 *
 * @param prepare - Called once per run. Returns a function that processes one piece.
 * @param pieceSeconds - Length of a piece.
 */
function measure(prepare: () => (index: number) => void, pieceSeconds: number): number {
  const speeds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const work = prepare();
    const start = cpuSeconds();
    let index = 0;
    let elapsed = 0;
    while (elapsed < runSeconds) {
      for (let round = 0; round < 50; round++) work(index++);
      elapsed = cpuSeconds() - start;
    }
    // The first run warms up the compiler.
    if (run > 0) speeds.push((index * pieceSeconds) / elapsed);
  }
  speeds.sort((a, b) => a - b);
  return speeds[runs >> 1] ?? Number.NaN;
}

/** Measures a function that processes blocks at 48 kHz. */
function speedOf(prepare: () => (piece: Piece, samples: Int16Array) => void): number {
  const prepareBlocks = () => {
    const work = prepare();
    return (index: number) => {
      const piece = pieces[index % blocksInSource];
      const samples = pcmPieces[index % blocksInSource];
      if (piece && samples) work(piece, samples);
    };
  };
  return measure(prepareBlocks, blockLength / sampleRate);
}

const copy = (piece: Piece): void => {
  left.set(piece.left);
  right.set(piece.right);
};

/** A filter chain that is read as soon as it has output; its input counts as real time. */
const chain = (update: object) => () => {
  const configuration = new FilterConfiguration();
  configuration.update(update);
  const filters = new FilterChain(configuration.values);
  return (piece: Piece) => {
    filters.write(piece.left, piece.right, blockLength);
    while (filters.read(left, right, blockLength) > 0);
  };
};

/** Plain loops over 15 second-order sections and 2 channels, as a lower bound. */
const bareSections = () => {
  const state = new Float64Array(15 * 4);
  return (piece: Piece) => {
    copy(piece);
    for (let section = 0; section < 15; section++) {
      let a1 = state[section * 4] as number;
      let a2 = state[section * 4 + 1] as number;
      let b1 = state[section * 4 + 2] as number;
      let b2 = state[section * 4 + 3] as number;
      for (let at = 0; at < blockLength; at++) {
        const a = (piece.left[at] as number) + 1.9 * a1 - 0.95 * a2;
        const b = (piece.right[at] as number) + 1.9 * b1 - 0.95 * b2;
        a2 = a1;
        a1 = a;
        b2 = b1;
        b1 = b;
        left[at] = (left[at] as number) + 0.01 * a;
        right[at] = (right[at] as number) + 0.01 * b;
      }
      state.set([a1, a2, b1, b2], section * 4);
    }
  };
};

/** As many multiplications as a filter of 48 taps, always with the same coefficients. */
const bareTaps = () => {
  const taps = Float32Array.from({ length: 48 }, (_, at) => 1 / (at + 1));
  return (piece: Piece) => {
    for (let at = 0; at < blockLength; at++) {
      const from = Math.max(at - 48, 0);
      let l = 0;
      let r = 0;
      for (let tap = 0; tap < 48; tap++) {
        const factor = taps[tap] as number;
        l += factor * (piece.left[from + tap] as number);
        r += factor * (piece.right[from + tap] as number);
      }
      left[at] = l;
      right[at] = r;
    }
  };
};

/** Measures resampling from another rate, in pieces of 100 ms. */
function resamplerSpeed(rate: number, channels: number): number {
  const chunk = Array.from({ length: channels }, (_, side) => music(Math.round(rate / 10), rate, side));
  const prepare = () => {
    const resampler = new Resampler();
    return () => {
      resampler.write(chunk, rate);
      while (resampler.read(left, right, blockLength) > 0);
    };
  };
  return measure(prepare, 0.1);
}

const bands = (count: number) => Array.from({ length: count }, (_, band) => ({ band, gain: 0.1 }));
const allButTimescale = {
  equalizer: bands(15),
  karaoke: { level: 0.5 },
  tremolo: { depth: 0.3 },
  vibrato: { depth: 0.3 },
  rotation: { rotationHz: 0.2 },
  channelmix: { leftToRight: 0.2 },
  lowpass: { smoothing: 2 },
  volume: 0.8,
};
const effects = {
  highpass: { frequency: 80 },
  compressor: { threshold: -30, ratio: 4 },
  phaser: { mix: 0.5 },
  chorus: { mix: 0.5 },
  echo: { mix: 0.5 },
  reverb: { mix: 0.3 },
};

const rows: [title: string, speed: number][] = [
  ["limit: a copy of the block", speedOf(() => copy)],
  ["limit: 15 plain second-order sections", speedOf(bareSections)],
  ["limit: 48 multiplications a sample", speedOf(bareTaps)],
  ["chain without filters", speedOf(chain({}))],
  ["equalizer, 5 bands", speedOf(chain({ equalizer: bands(5) }))],
  ["equalizer, 15 bands", speedOf(chain({ equalizer: bands(15) }))],
  ["karaoke", speedOf(chain({ karaoke: { level: 0.5 } }))],
  ["tremolo", speedOf(chain({ tremolo: { depth: 0.3 } }))],
  ["vibrato", speedOf(chain({ vibrato: { depth: 0.3 } }))],
  ["rotation", speedOf(chain({ rotation: { rotationHz: 0.2 } }))],
  ["channelmix", speedOf(chain({ channelmix: { leftToRight: 0.2 } }))],
  ["lowpass", speedOf(chain({ lowpass: { smoothing: 2 } }))],
  ["volume", speedOf(chain({ volume: 0.8 }))],
  ["timescale, speed 1.2", speedOf(chain({ timescale: { speed: 1.2 } }))],
  ["timescale, speed 0.8", speedOf(chain({ timescale: { speed: 0.8 } }))],
  ["timescale, pitch 1.2", speedOf(chain({ timescale: { pitch: 1.2 } }))],
  ["timescale, rate 1.2", speedOf(chain({ timescale: { rate: 1.2 } }))],
  ...Object.entries(effects).map(([name, settings]): [string, number] => [
    name,
    speedOf(chain({ [name]: settings })),
  ]),
  ["phaser of 12 stages", speedOf(chain({ phaser: { stages: 12, mix: 0.5 } }))],
  ["all effects", speedOf(chain(effects))],
  ["all filters but timescale", speedOf(chain(allButTimescale))],
  ["all filters", speedOf(chain({ ...allButTimescale, timescale: { speed: 1.2, pitch: 1.1 } }))],
  ...[44_100, 48_000, 22_050, 96_000, 192_000, 44_056].map((rate): [string, number] => [
    `resampler from ${rate.toLocaleString("en")} Hz`,
    resamplerSpeed(rate, 2),
  ]),
  ["resampler from 44,100 Hz, 5.1 channels", resamplerSpeed(44_100, 6)],
  ["float to 16 bits", speedOf(() => (piece) => toInt16(piece.left, piece.right, blockLength, pcm))],
  ["16 bits to float", speedOf(() => (_, samples) => fromInt16(samples, left, right, blockLength))],
  [
    "player volume",
    speedOf(() => {
      const volume = new PlayerVolume(70);
      return (_, samples) => {
        pcm.set(samples);
        volume.process(pcm, blockLength);
      };
    }),
  ],
  ["mixer, one more input", speedOf(() => (_, samples) => addToMix(pcm, samples, pcm.length))],
  [
    "crossfade",
    speedOf(() => {
      const fade = new Crossfade(sampleRate * 36_000);
      return (piece) => {
        copy(piece);
        fade.mix(left, right, piece.right, piece.left, blockLength);
      };
    }),
  ],
  [
    "loudness meter",
    speedOf(() => {
      const meter = new LoudnessMeter();
      return (piece) => meter.process(piece.left, piece.right, blockLength);
    }),
  ],
  [
    "normaliser that measures",
    speedOf(() => {
      const normaliser = new Normaliser(null);
      return (piece) => {
        copy(piece);
        normaliser.process(left, right, blockLength);
      };
    }),
  ],
  ...(
    [
      ["limiter with nothing to do", 0.5, false],
      ["limiter at work", 4, false],
      ["limiter of true peaks with nothing to do", 0.5, true],
      ["limiter of true peaks at work", 4, true],
    ] as const
  ).map(([title, gain, truePeak]): [string, number] => [
    title,
    speedOf(() => {
      const limiter = new Limiter({ truePeak });
      return (piece) => {
        for (let at = 0; at < blockLength; at++) {
          left[at] = (piece.left[at] as number) * gain;
          right[at] = (piece.right[at] as number) * gain;
        }
        limiter.process(left, right, blockLength);
      };
    }),
  ]),
];

console.log("| What | Times real time | Share of a core |\n| --- | ---: | ---: |");
for (const [title, speed] of rows) {
  console.log(`| ${title} | ${Math.round(speed).toLocaleString("en")} | ${(100 / speed).toFixed(3)} % |`);
}

/** Measures the memory of an object in kB, as the mean of a thousand. */
function memoryOf(make: () => unknown, gc: () => void): number {
  const used = () => {
    gc();
    gc();
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  };
  for (let index = 0; index < 100; index++) make();
  const before = used();
  const kept = Array.from({ length: 1000 }, make);
  return (used() - before) / kept.length / 1024;
}

const ready = (update: object) => () => {
  const configuration = new FilterConfiguration();
  configuration.update(update);
  const filters = new FilterChain(configuration.values);
  for (const piece of pieces.slice(0, 15)) {
    filters.write(piece.left, piece.right, blockLength);
    filters.read(left, right, blockLength);
  }
  return filters;
};
const resampler = () => {
  const made = new Resampler();
  made.write([source.left.subarray(0, 4410), source.right.subarray(0, 4410)], 44_100);
  while (made.read(left, right, blockLength) > 0);
  return made;
};
if (globalThis.gc) {
  for (const [title, make] of [
    ["a chain without filters", ready({})],
    ["a chain with all filters but timescale", ready(allButTimescale)],
    ["a chain with an echo", ready({ echo: { mix: 0.5 } })],
    ["a chain with a reverb", ready({ reverb: { mix: 0.3 } })],
    ["a chain with all filters", ready({ ...allButTimescale, timescale: { speed: 1.2, pitch: 1.1 } })],
    ["a resampler from 44,100 Hz", resampler],
  ] as const) {
    console.log(`memory of ${title}: ${memoryOf(make, globalThis.gc).toFixed(0)} kB`);
  }
}
