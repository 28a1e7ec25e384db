/** A piece of highlighted code: text, or pieces of one kind. */
export type CodePiece = string | { readonly kind: CodeKind; readonly pieces: readonly CodePiece[] };

/** What a piece of code is, as far as its colour goes. */
export type CodeKind = "keyword" | "string" | "number" | "comment" | "name" | "plain";
