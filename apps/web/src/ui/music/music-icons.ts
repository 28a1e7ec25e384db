/** SVG paths of the icons that only the music panel shows. */
export const musicIcons = {
  pause: "M8.5 6v12M15.5 6v12",
  skip: "M6 6v12l8.5-6L6 6ZM18 6v12",
  volume: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  play: "M8 5.5v13l10.5-6.5L8 5.5Z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  next: "M4 7h9M4 12h6M4 17h6M14 12.5v7l5.5-3.5L14 12.5Z",
  shuffle:
    "M4 7h3.5c2 0 3 1 4 3l1 4c1 2 2 3 4 3H20M4 17h3.5c1.6 0 2.6-.7 3.4-2M13.6 9c.8-1.3 1.8-2 3.4-2H20M17.5 4.5 20 7l-2.5 2.5M17.5 14.5 20 17l-2.5 2.5",
  disc: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  folder: "M3.5 18.5v-13h6l2 2.5h9v10.5h-17Z",
  library: "M4 4.5v15M8 4.5v15M12 4.5v15M15.5 5l4.5 14",
  speaker: "M6 3.5h12v17H6zM12 17a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM12 7.2v.1",
} as const;
