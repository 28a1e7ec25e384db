/** State of an open dialog. */
export type DialogState =
  | { readonly type: "account" | "preferences" | "add-server" | "shortcuts" | "switch" }
  | { readonly type: "server-settings"; readonly tab?: string }
  | {
      readonly type: "confirm";
      readonly title: string;
      readonly text: string;
      readonly action: string;
      /** Performs the action. If it rejects, the dialog displays the error and stays open. */
      readonly run: () => Promise<unknown> | undefined;
    };
