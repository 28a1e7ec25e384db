// Imported by the parts of the page that show texts of dialogs or of the search.

import "./login-texts.ts";
import { enDialogs } from "./en-dialogs.ts";
import { addEnglish } from "./texts.svelte.ts";

addEnglish(enDialogs);
