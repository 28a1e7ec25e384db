// Completion of commands, mentions and emoji, which the composer loads when it gets the focus.

export { default as SuggestionList } from "./SuggestionList.svelte";
export { isEmojiWord, isStillCommand, suggestAt } from "./suggestions.ts";
