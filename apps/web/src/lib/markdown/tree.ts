/** A piece of a line. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "strike" | "spoiler"; readonly parts: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly parts: readonly Inline[] }
  /** A picture somewhere else; it is fetched only when the reader asks for it. */
  | { readonly kind: "image"; readonly src: string; readonly alt: string }
  /** `:name:`, which is an emoji if the server has one of this name. */
  | { readonly kind: "emoji"; readonly name: string }
  /** `<:host:port:uuid:>`, an emoji of a named server. */
  | { readonly kind: "emojiReference"; readonly server: string; readonly uuid: number }
  /** `@name`, which is a mention if there is somebody of this name. */
  | { readonly kind: "mention"; readonly name: string };

/** A block of a text. */
export type Block =
  | { readonly kind: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly kind: "heading"; readonly level: number; readonly parts: readonly Inline[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | {
      readonly kind: "list";
      /** The first number; undefined for a list without numbers. */
      readonly start: number | undefined;
      readonly items: readonly (readonly Block[])[];
    }
  | {
      readonly kind: "table";
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: "rule" };
