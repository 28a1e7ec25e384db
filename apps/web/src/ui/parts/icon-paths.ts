/** SVG paths of the icons in a 24 × 24 view box. */
export const iconPaths = {
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  plus: "M12 5v14M5 12h14",
  sliders: "M4 7h9M18 7h2M4 17h2M11 17h9M15.5 4.5v5M8.5 14.5v5",
  gear: "M10.3 3.7h3.4l.5 2.4 1.7 1 2.3-.8 1.7 3-1.8 1.6v2l1.8 1.6-1.7 3-2.3-.8-1.7 1-.5 2.4h-3.4l-.5-2.4-1.7-1-2.3.8-1.7-3 1.8-1.6v-2L4.1 9.3l1.7-3 2.3.8 1.7-1 .5-2.4ZM12 14.9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  server: "M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.01M7.5 16.5h.01",
  users:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.5-3.7 3-5.5 6.5-5.5s6 1.8 6.5 5.5M16 5a3.5 3.5 0 0 1 0 6.3M18 15c2 .7 3.2 2.4 3.5 5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20.5 20.5 16 16",
  send: "M4 11.5 20.5 4 15 20.5l-3.5-7.5L4 11.5ZM11.5 13l9-9",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.3 14.2c.8 1.3 2.1 2 3.7 2s2.9-.7 3.7-2M9 9.5v.5M15 9.5v.5",
  reply: "M10 6 4 12l6 6M4.5 12H14c4 0 6 2.5 6 6",
  pencil: "M4 20l1-4L16 5l3 3L8 19l-4 1ZM14 7l3 3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19 7",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  back: "M15 6l-6 6 6 6",
  bell: "M6.5 16v-5a5.5 5.5 0 0 1 11 0v5l1.5 2H5l1.5-2ZM10 20.5h4",
  music:
    "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
  leave: "M14 4H6v16h8M11 12h9.5M17 8.5l3.5 3.5-3.5 3.5",
  shield: "M12 3.5 5 6v6c0 4.5 3 7 7 8.5 4-1.5 7-4 7-8.5V6l-7-2.5Z",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.6 5.6l12.8 12.8",
  menu: "M4 7h16M4 12h16M4 17h16",
  warning: "M12 4 3 19.5h18L12 4ZM12 10v4.5M12 17v.01",
  refresh: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15",
  copy: "M9 9h10v11H9zM5 15V4h10",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.7-4 3.5-6 7.5-6s6.8 2 7.5 6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  headphones:
    "M4.5 15v-3a7.5 7.5 0 0 1 15 0v3M4.5 14h3v5.5H6A1.5 1.5 0 0 1 4.5 18v-4ZM19.5 14h-3v5.5H18a1.5 1.5 0 0 0 1.5-1.5v-4Z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
} as const;

/** Name of an icon, or the path of one that only a part of the page shows, which is loaded with it. */
export type IconName = keyof typeof iconPaths | `M${number} ${string}`;
