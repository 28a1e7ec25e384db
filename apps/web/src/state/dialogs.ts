/** The dialog that lies over the page. */
export type DialogState =
  | { readonly kind: "account" | "preferences" | "add-server" | "shortcuts" | "switch" }
  | { readonly kind: "server-settings"; readonly tab?: string }
  | {
      readonly kind: "confirm";
      readonly title: string;
      readonly text: string;
      readonly action: string;
      /** Rejects if it cannot be done; the dialog then says why. */
      readonly run: () => Promise<unknown> | undefined;
    };
