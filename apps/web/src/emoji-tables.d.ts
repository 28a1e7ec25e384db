declare module "virtual:emoji-*" {
  /** Text for `parseEmojiTable`, made by the build. */
  const text: string;
  export default text;
}
