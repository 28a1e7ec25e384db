/** Token of highlighted code: plain text, or a typed group of tokens. */
export type CodeToken = string | { readonly type: CodeTokenType; readonly children: readonly CodeToken[] };

/** Token types that have a colour of their own. */
export type CodeTokenType = "keyword" | "string" | "number" | "comment" | "name" | "plain";
