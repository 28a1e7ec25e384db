/** Inline node. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "break" }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "strong" | "emphasis" | "strike" | "spoiler"; readonly parts: readonly Inline[] }
  | { readonly type: "link"; readonly href: string; readonly parts: readonly Inline[] }
  /** External image, loaded only on request. */
  | { readonly type: "image"; readonly src: string; readonly alt: string }
  /** `:name:`, an emoji if the server has one with this name. */
  | { readonly type: "emoji"; readonly name: string }
  /** `<:host:port:uuid:>`, an emoji of the given server. */
  | { readonly type: "emojiReference"; readonly server: string; readonly uuid: number }
  /** `@name`, a mention if the account exists. */
  | { readonly type: "mention"; readonly name: string };

/** Block node. */
export type Block =
  | { readonly type: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly type: "heading"; readonly level: number; readonly parts: readonly Inline[] }
  | { readonly type: "code"; readonly language: string; readonly text: string }
  | { readonly type: "quote"; readonly blocks: readonly Block[] }
  | {
      readonly type: "list";
      /** Number of the first item; undefined for an unordered list. */
      readonly start: number | undefined;
      readonly items: readonly ListItem[];
    }
  | {
      readonly type: "table";
      /** Alignment by column. */
      readonly align: readonly Alignment[];
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly type: "rule" };

/** Item of a list. */
export interface ListItem {
  /** State of a task, as in `- [x] done`; undefined for other items. */
  readonly isDone: boolean | undefined;
  readonly blocks: readonly Block[];
}

/** Alignment of a table column; undefined for that of the text direction. */
export type Alignment = "left" | "center" | "right" | undefined;
